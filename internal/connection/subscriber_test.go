package connection

import "testing"

func TestASubscriberHearsWhatItsPatternsName(t *testing.T) {
	s := Subscriber{Events: []string{"exchange.*", "settlement.due"}}
	for news, want := range map[string]bool{
		"exchange.sent": true, "settlement.due": true, "settlement.settled": false, "return.instant_exchange": false,
	} {
		if s.Wants(news) != want {
			t.Errorf("%s: wanted is %t", news, !want)
		}
	}
}

func TestASubscribersAddressIsHTTPS(t *testing.T) {
	a := allowed{"127.0.0.1:7001"}
	for text, want := range map[string]bool{
		"https://shop.example.com/hooks": true, "http://127.0.0.1:7001/x": true, "http://shop.example.com/": false,
		"https://u:p@shop.example.com/": false, "shop.example.com": false, "file:///etc/passwd": false,
	} {
		if err := a.anywhere(text); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
}
