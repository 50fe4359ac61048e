package sim

import (
	"net/http"
	"slices"
	"strings"
)

// An article is what a goods owner keeps in stock.
type article struct {
	id     int
	owner  *goodsOwner
	number string
	put    map[string]any
}

// article returns the goods owner's article of this number, made if need be and allowed, else nil.
func (o *Ongoing) article(owner *goodsOwner, number string, create bool) *article {
	for _, a := range owner.articles {
		if a.number == number {
			return a
		}
	}
	if !create {
		return nil
	}
	a := &article{id: o.ids.next("article", 18070), owner: owner, number: number, put: map[string]any{"articleName": number}}
	owner.articles = append(owner.articles, a)
	return a
}

func (a *article) inOrder(k *contract) map[string]any {
	view := k.fill("GetOrderArticle", a.put)
	view["articleSystemId"], view["articleNumber"] = a.id, a.number
	view["articleKind"] = "Stock"
	return view
}

func (a *article) view(k *contract) map[string]any {
	view := k.fill("GetArticleModel", a.put)
	view["goodsOwner"] = map[string]any{"id": a.owner.id, "name": a.owner.name}
	view["articleSystemId"], view["articleNumber"] = a.id, a.number
	view["inventoryInfo"] = nil // the simulator does not count stock
	return view
}

func putArticle(o *Ongoing, c *ongoingCall) (int, any, error) {
	a := o.article(c.owner(), text(c.body["articleNumber"]), true)
	a.put = c.body
	message := "Article " + a.number + " " + text(a.put["articleName"]) + " Updated/Created"
	return http.StatusOK, map[string]any{"articleSystemId": a.id, "message": message}, nil
}

func oneArticle(o *Ongoing, c *ongoingCall) (int, any, error) {
	for _, a := range c.owner().articles {
		if a.id == c.param("articleSystemId") {
			return http.StatusOK, a.view(o.contract), nil
		}
	}
	return 0, nil, notFound("The article was not found.")
}

// articleFilters are the filters of GET /articles that the simulator knows.
var articleFilters = filters[*article]{
	"articleNumber":       func(a *article, v []string) bool { return a.number == v[0] },
	"articleNumbers":      func(a *article, v []string) bool { return slices.Contains(v, a.number) },
	"productCode":         func(a *article, v []string) bool { return text(a.put["productCode"]) == v[0] },
	"productCodes":        func(a *article, v []string) bool { return slices.Contains(v, text(a.put["productCode"])) },
	"articleSystemIdFrom": func(a *article, v []string) bool { return a.id >= whole(v) },
	"barCodes": func(a *article, v []string) bool {
		info, _ := a.put["barCodeInfo"].(map[string]any)
		return slices.Contains(v, text(info["barCode"]))
	},
	"articleNameContains": func(a *article, v []string) bool {
		return slices.ContainsFunc(v, func(part string) bool { return strings.Contains(text(a.put["articleName"]), part) })
	},
	"maxArticlesToGet": nil,
}

func listArticles(o *Ongoing, c *ongoingCall) (int, any, error) {
	found, err := articleFilters.pick(c, c.owner().articles)
	if err != nil {
		return 0, nil, err
	}
	views := []any{}
	for _, a := range first(c, "maxArticlesToGet", found) {
		views = append(views, a.view(o.contract))
	}
	return http.StatusOK, views, nil
}
