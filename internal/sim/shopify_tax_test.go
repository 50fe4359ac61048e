package sim

import (
	"fmt"
	"testing"
)

// A shopPriced is an order of three of a kind in some currency, and an exchange of all three for three others.
type shopPriced struct {
	shop, presentment, rate, tax string
	added                        bool
	price, exchanged, fee        string // exchanged in the shop's currency
	restock, discount            string
}

func (c shopPriced) open(t *testing.T) (st *shopTest, order string, ret ShopifyReturnMade) {
	st = newShopTest(t)
	st.control("shop", vars{"currency": c.shop})
	variant := st.control("variants", ShopifyVariant{SKU: "NEW", Price: c.exchanged}).get("0.id").text()
	made := st.control("orders", ShopifySeed{
		Name: "#1", PresentmentCurrency: c.presentment, Rate: c.rate, TaxRate: c.tax, TaxAdded: c.added,
		Lines: []ShopifySeedLine{{SKU: "OLD", Quantity: 3, Price: c.price}},
	})
	staff := ShopifyReturn{
		Order: "#1", ShippingFee: c.fee,
		ReturnLines:   []ShopifyReturnedLine{{FulfillmentLineItemID: made.get("0.lines.0.fulfillment_line_item_id").text(), Quantity: 3, RestockingFee: c.restock}},
		ExchangeLines: []ShopifyExchanged{{VariantID: variant, Quantity: 3, Discount: c.discount}},
	}
	opened := st.control("returns", staff)
	ret = ShopifyReturnMade{
		ID: opened.get("id").text(), ReturnLines: []string{opened.get("return_lines.0").text()}, ExchangeLines: []string{opened.get("exchange_lines.0").text()},
	}
	return st, made.get("0.id").text(), ret
}

// suggested is what the outcome of processing comes to, in minor units: above zero the buyer owes.
func (st *shopTest) suggested(ret string, back, out []vars, currency string) int64 {
	st.t.Helper()
	transfer := st.do("ReturnFinancialOutcome", vars{"id": ret, "returnLineItems": back, "exchangeLineItems": out}).get("suggestedFinancialOutcome.financialTransfer")
	if transfer.value == nil {
		return 0
	}
	minor, err := shopMinor(transfer.get("amount.presentmentMoney.amount").text(), currency)
	if err != nil {
		st.t.Fatal(err)
	}
	if transfer.get("__typename").text() == "InvoiceReturnOutcome" {
		return minor
	}
	var parts int64
	for _, each := range transfer.get("suggestedTransactions").list() {
		part, err := shopMinor(each.get("amountSet.presentmentMoney.amount").text(), currency)
		if err != nil {
			st.t.Fatal(err)
		}
		parts += part
	}
	if parts != minor {
		st.t.Errorf("the suggested transactions come to %d, not %d", parts, minor)
	}
	return -minor
}

// What suggestedFinancialOutcome says must be what the order owes, or is owed, once the lines are processed:
// at once or in parts, in every currency, with and without tax, fees and discounts.
func TestShopifySuggestsWhatProcessingComesTo(t *testing.T) {
	for _, c := range []shopPriced{
		{"SEK", "SEK", "1", "25", false, "249.00", "299.00", "", "", ""},
		{"SEK", "SEK", "1", "25", true, "249.99", "299.00", "29.00", "", ""},
		{"SEK", "SEK", "1", "", false, "249.99", "99.00", "29.00", "12.5", "33.3"},
		{"JPY", "JPY", "1", "10", true, "1499", "1999", "500", "15", ""},
		{"JPY", "JPY", "1", "8", false, "1499", "999", "", "", "10"},
		{"KWD", "KWD", "1", "", false, "1.255", "3.125", "0.250", "10", ""},
		{"KWD", "KWD", "1", "5", true, "12.255", "3.125", "", "", "7.5"},
		{"SEK", "EUR", "0.0915", "19", false, "22.95", "299.00", "4.99", "5", ""},
		{"SEK", "JPY", "14.37", "10", true, "3580", "299.00", "", "3", "12"},
		{"USD", "KWD", "0.3071", "5", true, "7.675", "19.99", "", "", ""},
	} {
		t.Run(fmt.Sprintf("%s/%s", c.shop, c.presentment), func(t *testing.T) {
			var at, parts int64
			for _, steps := range [][]int{{3}, {1, 1, 1}} {
				st, _, ret := c.open(t)
				before := st.book("#1").Outstanding
				for _, n := range steps {
					back, out := []vars{{"id": ret.ReturnLines[0], "quantity": n}}, []vars{{"id": ret.ExchangeLines[0], "quantity": n}}
					want := st.suggested(ret.ID, back, out, c.presentment)
					st.do("ReturnProcess", vars{"input": vars{"returnId": ret.ID, "returnLineItems": back, "exchangeLineItems": out}})
					if got := st.book("#1").Outstanding; got != want || before != 0 {
						t.Errorf("in steps %v: outstanding %d, suggested %d", steps, got, want)
					}
				}
				at, parts = parts, st.book("#1").Outstanding
			}
			// Each part of an exchange line is an order line of its own, whose tax is rounded by itself.
			if off := at - parts; off < -2 || off > 2 || (!c.added && off != 0) {
				t.Errorf("at once %d, in parts %d", at, parts)
			}
		})
	}
}

func TestShopifyShowsPricesTaxAndDiscounts(t *testing.T) {
	for _, c := range []struct {
		added                                bool
		tax, before, worth, total, totalsTax string
	}{
		{false, "39.8", "159.2", "199.0", "199.0", "39.8"},
		{true, "49.75", "199.0", "199.0", "248.75", "49.75"},
	} {
		st := newShopTest(t)
		made := st.control("orders", ShopifySeed{TaxRate: "25", TaxAdded: c.added, Lines: []ShopifySeedLine{{SKU: "A", Price: "99.50", Original: "119.50", Quantity: 2}}})
		order := st.query(`query($id: ID!) { order(id: $id) {
			taxesIncluded subtotalPriceSet { shopMoney { amount } } totalTaxSet { shopMoney { amount } } currentTotalTaxSet { shopMoney { amount } }
			totalDiscountsSet { shopMoney { amount } } currentTotalPriceSet { shopMoney { amount } } taxLines { ratePercentage priceSet { shopMoney { amount } } }
			lineItems(first: 1) { nodes {
				originalTotalSet { shopMoney { amount } } discountedTotalSet { shopMoney { amount } } totalDiscountSet { shopMoney { amount } }
				priceAfterAllDiscountsBeforeTaxesSet { shopMoney { amount } }
				taxLines { title rate ratePercentage priceSet { shopMoney { amount } } }
				discountAllocations { allocatedAmountSet { shopMoney { amount } } discountApplication { targetType value { ... on MoneyV2 { amount } } } }
			} } } }`, vars{"id": made.get("0.id").text()}).get("data.order")
		order.is("totalTaxSet.shopMoney.amount", c.totalsTax, "currentTotalTaxSet.shopMoney.amount", c.totalsTax, "currentTotalPriceSet.shopMoney.amount", c.total,
			"subtotalPriceSet.shopMoney.amount", c.worth, "totalDiscountsSet.shopMoney.amount", "40.0", "taxLines.0.ratePercentage", "25")
		order.get("lineItems.nodes.0").is("originalTotalSet.shopMoney.amount", "239.0", "discountedTotalSet.shopMoney.amount", "199.0", "totalDiscountSet.shopMoney.amount", "40.0",
			"priceAfterAllDiscountsBeforeTaxesSet.shopMoney.amount", c.before, "taxLines.0.priceSet.shopMoney.amount", c.tax, "taxLines.0.rate", "0.25", "taxLines.0.title", "VAT",
			"discountAllocations.0.allocatedAmountSet.shopMoney.amount", "40.0", "discountAllocations.0.discountApplication.value.amount", "40.0")
		if included := order.get("taxesIncluded").text() == "true"; included == c.added {
			t.Errorf("taxes included: %v, added: %v", included, c.added)
		}
	}
}

func TestShopifyCurrencyIsSetBeforePrices(t *testing.T) {
	st := newShopTest(t)
	st.control("shop", vars{"currency": "KWD"})
	st.query(`{ shop { currencyCode } }`, nil).is("data.shop.currencyCode", "KWD")
	if status, _ := st.post("/control/shop", vars{"currency": "KRONOR"}); status != 400 {
		t.Errorf("no currency: %d, want 400", status)
	}
	st.control("variants", ShopifyVariant{SKU: "A", Price: "1.125"})
	if status, _ := st.post("/control/shop", vars{"currency": "SEK"}); status != 409 {
		t.Errorf("with prices: %d, want 409", status)
	}
	st.control("reset", vars{})
	st.query(`{ shop { currencyCode } }`, nil).is("data.shop.currencyCode", "SEK")
}
