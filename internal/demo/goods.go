package demo

import "fmt"

// goods is something the shop sells: the sku is the article's number too. Price is in öre.
type goods struct {
	sku, title string
	price      int64
}

var (
	teeS       = goods{"TEE-S", "T-shirt, small", 24900}
	teeM       = goods{"TEE-M", "T-shirt, medium", 24900}
	teeL       = goods{"TEE-L", "T-shirt, large", 24900}
	hoodie     = goods{"HOODIE-M", "Hoodie, medium", 29900}
	socks      = goods{"SOCKS", "Socks", 9900}
	assortment = []goods{teeS, teeM, teeL, hoodie, socks}
)

// piece is so many of them.
type piece struct {
	goods
	n int
}

// worth is what they cost, in minor units of c.
func worth(all []piece, c coin) int64 {
	var sum int64
	for _, p := range all {
		sum += c.of(p.price) * int64(p.n)
	}
	return sum
}

// titles names them for people.
func titles(all []piece) string {
	text := ""
	for i, p := range all {
		if i > 0 {
			text += " and "
		}
		if p.n > 1 {
			text += fmt.Sprintf("%d × ", p.n)
		}
		text += p.title
	}
	return text
}
