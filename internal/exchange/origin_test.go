package exchange

import (
	"slices"
	"testing"
)

func TestGoodsOfAnExchangeWentOutWithItsOrder(t *testing.T) {
	shop := func(back []string, made ...string) *Shop {
		s := &Shop{OrderName: "#1001", ExchangeLines: []ExchangeLine{{ID: "xl", LineItemIDs: made}}}
		for _, id := range back {
			s.ReturnLines = append(s.ReturnLines, ReturnLine{LineItemID: id})
		}
		return s
	}
	first := New("ex_1", "nordwear", testPolicy(), testTime)
	first.Facts.Sequence, first.Facts.Shop = 1, shop([]string{"li1"}, "li2")
	second := New("ex_2", "nordwear", testPolicy(), testTime)
	second.Facts.Sequence = 2
	for _, c := range []struct {
		name string
		back []string
		want []string
	}{
		{"a line of the shop's own", []string{"li1"}, []string{""}},
		{"a line that the first exchange made", []string{"li2"}, []string{"#1001-EX1"}},
		{"one of each", []string{"li2", "li1"}, []string{"", "#1001-EX1"}},
		{"a line made at a till", []string{""}, []string{""}},
	} {
		second.Facts.Shop = shop(c.back)
		if got := SentWith([]Exchange{first, second}, "ex_2"); !slices.Equal(got, c.want) {
			t.Errorf("%s: sent with %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTheFormOfAnID(t *testing.T) {
	for s, want := range map[string]bool{
		"ex_01JBBBBBBBBBBBBBBBBBBBBBBB": true, "ex_01JBBBBBBBBBBBBBBBBBBBBBBBX": false, "ex_01jbbbbbbbbbbbbbbbbbbbbbbb": false,
		"ex_1": false, "01JBBBBBBBBBBBBBBBBBBBBBBB": false, "5002": false, "": false,
	} {
		if got := IsID(s); got != want {
			t.Errorf("IsID(%q) = %t", s, got)
		}
	}
}
