package sim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A GoodsOwner is whose stock it is, with the API users that belong to it and the articles it begins with.
type GoodsOwner struct {
	ID       int           `json:"id"`
	Name     string        `json:"name"`
	Users    []OngoingUser `json:"users"`
	Articles []string      `json:"articles"`
}

// An OngoingUser may call the API for one goods owner.
type OngoingUser struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// warehouseState is all that a system forgets at a reset.
type warehouseState struct {
	owners       []*goodsOwner
	orders       []*order       // by id
	returns      []*returnOrder // by id
	causes       []*returnCause
	hooks        []hook
	unauthorized int
}

type goodsOwner struct {
	id       int
	name     string
	users    []apiUser
	articles []*article
}

type apiUser struct {
	id             int
	name, password string
	owner          *goodsOwner
}

type warehouse struct {
	id         int
	code, name string
}

// The physical warehouses of every simulated system.
var warehouses = []warehouse{{1, "MAIN", "Main warehouse"}, {2, "RET", "Returns hall"}}

func (w warehouse) view() map[string]any {
	return map[string]any{"id": w.id, "code": w.code, "name": w.name}
}

// addGoodsOwner adds g, or adds its users and articles to the one with its id. The lock is held.
func (o *Ongoing) addGoodsOwner(g GoodsOwner) {
	owner := o.stock.owner(g.ID)
	if owner == nil {
		owner = &goodsOwner{id: g.ID}
		o.stock.owners = append(o.stock.owners, owner)
	}
	owner.name = cmp.Or(g.Name, owner.name, fmt.Sprintf("Goods owner %d", g.ID))
	for _, u := range g.Users {
		owner.users = append(owner.users, apiUser{
			id: o.ids.next("user", 902), name: u.Username, password: u.Password, owner: owner,
		})
	}
	for _, number := range g.Articles {
		o.article(owner, number, true)
	}
}

func (s *warehouseState) owner(id int) *goodsOwner {
	for _, g := range s.owners {
		if g.id == id {
			return g
		}
	}
	return nil
}

func (s *warehouseState) user(name, password string) *apiUser {
	for _, g := range s.owners {
		for i, u := range g.users {
			if u.name == name && u.password == password {
				return &g.users[i]
			}
		}
	}
	return nil
}

func (s *warehouseState) order(owner *goodsOwner, id int) *order {
	for _, x := range s.orders {
		if x.owner == owner && x.id == id {
			return x
		}
	}
	return nil
}

func (s *warehouseState) orderNumbered(owner *goodsOwner, number string) *order {
	for _, x := range s.orders {
		if x.owner == owner && x.number == number {
			return x
		}
	}
	return nil
}

func (s *warehouseState) returnOrder(owner *goodsOwner, id int) *returnOrder {
	for _, x := range s.returns {
		if x.owner == owner && x.id == id {
			return x
		}
	}
	return nil
}

func (s *warehouseState) returnNumbered(owner *goodsOwner, number string) *returnOrder {
	for _, x := range s.returns {
		if x.owner == owner && x.number == number {
			return x
		}
	}
	return nil
}

// items counts whole items; the vendor writes them as decimals: 2.0.
type items int

func (n items) MarshalJSON() ([]byte, error) {
	return []byte(strconv.Itoa(int(n)) + ".0"), nil
}

func (n *items) UnmarshalJSON(text []byte) error {
	whole, zeros, _ := strings.Cut(string(text), ".")
	count, err := strconv.Atoi(whole)
	if err != nil || strings.Trim(zeros, "0") != "" {
		return fmt.Errorf("the simulator counts whole items, not %s", text)
	}
	*n = items(count)
	return nil
}

// utc writes t as the API does: UTC, up to three decimals.
func utc(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999Z07:00") }

// utcOrNull writes the zero time as null.
func utcOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return utc(t)
}

// as reads value, decoded JSON, into a T. The value was checked against the document before.
func as[T any](value any) (T, error) {
	var into T
	text, err := json.Marshal(value)
	if err == nil {
		err = json.Unmarshal(text, &into)
	}
	return into, err
}

func text(value any) string {
	s, _ := value.(string)
	return s
}
