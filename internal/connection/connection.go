// Package connection is one merchant's settings: which Shopify shop is joined to which goods owner in which
// Ongoing system, with what credentials, and how exchanges go there. It reads and checks connections.yaml,
// seals secrets at rest, says what a change would change, and keeps the directory that doors and workers ask.
package connection

import (
	"fmt"

	"github.com/tradeback/tradeback/internal/exchange"
)

// Connection joins one Shopify shop to one goods owner. Printed or encoded as JSON it shows no secret.
type Connection struct {
	Name      exchange.Conn `yaml:"name" json:"name" validate:"required,connection_name"`
	Enabled   bool          `yaml:"enabled" json:"enabled"`
	Ongoing   Ongoing       `yaml:"ongoing" json:"ongoing"`
	Shopify   Shopify       `yaml:"shopify" json:"shopify"`
	Portal    *Portal       `yaml:"portal" json:"portal,omitempty"` // nil: no return portal speaks to us
	Exchanges Exchanges     `yaml:"exchanges" json:"exchanges"`

	Announcements []Subscriber `yaml:"announcements" json:"announcements,omitempty" validate:"max=20,dive"` // who is told what happens
}

// Ongoing is the warehouse's side. WebhookTokens has one or two slots, so that a token can be changed
// without a pause.
type Ongoing struct {
	Server              string              `yaml:"server" json:"server"`       // "api", "wms1", or a base URL
	Warehouse           string              `yaml:"warehouse" json:"warehouse"` // the system's name, as in its URL
	GoodsOwnerID        int                 `yaml:"goods_owner_id" json:"goods_owner_id" validate:"required,min=1,max=2147483647"`
	Username            string              `yaml:"username" json:"username" validate:"required,startswith=WSI,excludes=:"`
	Password            Secret              `yaml:"password" json:"password" validate:"required"`
	WarehouseID         int                 `yaml:"warehouse_id" json:"warehouse_id" validate:"required,min=1,max=2147483647"`
	OrderStatuses       OrderStatuses       `yaml:"order_statuses" json:"order_statuses"`
	ReturnOrderStatuses ReturnOrderStatuses `yaml:"return_order_statuses" json:"return_order_statuses"`
	WebhookTokens       Tokens              `yaml:"webhook_tokens" json:"webhook_tokens" validate:"min=1,max=2"`
}

// Shopify is the shop's side: an access token, or a client id and secret from which we take tokens of a day.
type Shopify struct {
	Shop           string   `yaml:"shop" json:"shop"` // nordwear.myshopify.com, or a base URL
	AccessToken    Secret   `yaml:"access_token" json:"access_token,omitzero"`
	ClientID       string   `yaml:"client_id" json:"client_id,omitempty"`
	ClientSecret   Secret   `yaml:"client_secret" json:"client_secret,omitzero"`
	WebhookSecrets []Secret `yaml:"webhook_secrets" json:"webhook_secrets" validate:"min=1,max=2,dive,required"`
	LocationID     string   `yaml:"location_id" json:"location_id" validate:"required,location_gid"`
}

// Portal is the return portal's side: how its webhooks are signed, and where in their bodies things are.
type Portal struct {
	WebhookSecrets  []Secret     `yaml:"webhook_secrets" json:"webhook_secrets" validate:"min=1,max=2,dive,required"`
	SignatureHeader string       `yaml:"signature_header" json:"signature_header" validate:"required,header_name"`
	Fields          PortalFields `yaml:"fields" json:"fields"`
}

// PortalFields are JSON pointers into a portal's event. Those that are empty are not looked for.
type PortalFields struct {
	ID        string `yaml:"id" json:"id,omitempty" validate:"omitempty,json_pointer"`
	Event     string `yaml:"event" json:"event" validate:"required,json_pointer"`
	At        string `yaml:"at" json:"at" validate:"required,json_pointer"`
	Return    string `yaml:"return" json:"return,omitempty" validate:"required_without=Reference,omitempty,json_pointer"`
	Reference string `yaml:"reference" json:"reference,omitempty" validate:"omitempty,json_pointer"`
	Tracking  string `yaml:"tracking" json:"tracking,omitempty" validate:"omitempty,json_pointer"`
}

// Exchanges is how the merchant wants exchanges to go. Most of it is exchange.Policy.
type Exchanges struct {
	Instant        bool     `yaml:"instant" json:"instant"`
	AutoCreate     bool     `yaml:"auto_create" json:"auto_create"` // from returns/approve and from the portal's events
	ReleaseOn      string   `yaml:"release_on" json:"release_on" validate:"oneof=return_closed return_order both either"`
	Partial        string   `yaml:"partial" json:"partial" validate:"oneof=wait release_matched release_all review"`
	MarkReturned   bool     `yaml:"mark_returned" json:"mark_returned"`
	ProcessReturn  bool     `yaml:"process_return" json:"process_return"`
	Payment        string   `yaml:"payment" json:"payment" validate:"oneof=capture_on_sent secure_before_release none"`
	Deposit        string   `yaml:"deposit" json:"deposit" validate:"oneof=difference full_value"`
	DeadlineDays   int      `yaml:"deadline_days" json:"deadline_days" validate:"min=1,max=365"`
	AfterDeadline  string   `yaml:"after_deadline" json:"after_deadline" validate:"oneof=charge raise"`
	MandateAmounts bool     `yaml:"mandate_amounts" json:"mandate_amounts"` // Shopify lets Plus shops alone choose what a stored payment method is charged
	Number         string   `yaml:"number" json:"number"`
	ReturnNumber   string   `yaml:"return_number" json:"return_number"`
	OriginalOrder  []string `yaml:"original_order" json:"original_order" validate:"min=1,max=10"`
	ArticleNumber  string   `yaml:"article_number" json:"article_number" validate:"article_number"`
	Limits         []Limit  `yaml:"limits" json:"limits,omitempty" validate:"max=20,dive"`
}

// Limit is the most of a currency that money acts may move, as decimals: one act, and all of a UTC day. Empty: no limit.
type Limit struct {
	Currency string `yaml:"currency" json:"currency" validate:"currency"`
	Act      string `yaml:"act" json:"act,omitempty"`
	Day      string `yaml:"day" json:"day,omitempty"`
}

// Limits are what the exchanges' money acts are held to.
func (c Connection) Limits() []exchange.Limit {
	var out []exchange.Limit
	for _, l := range c.Exchanges.Limits {
		limit := exchange.Limit{Currency: l.Currency}
		var err error
		if limit.Act, err = minor(l.Act, l.Currency); err == nil {
			limit.Day, err = minor(l.Day, l.Currency)
		}
		if err != nil { // Parse lets none such through; if there is one all the same, nothing moves in any currency it may mean
			limit = exchange.Limit{}
		}
		out = append(out, limit)
	}
	return out
}

// minor is an amount of a limit; 0: none is given. Errors: exchange.ErrMoney, also where it is not above zero.
func minor(amount, currency string) (int64, error) {
	if amount == "" {
		return 0, nil
	}
	m, err := exchange.ParseMoney(amount, currency)
	if err == nil && m.Minor <= 0 {
		err = fmt.Errorf("%w: it is not above zero", exchange.ErrMoney)
	}
	return m.Minor, err
}

// Policy is what an exchange requested now takes with it.
func (c Connection) Policy() exchange.Policy {
	e := c.Exchanges
	return exchange.Policy{
		Instant:        e.Instant,
		ReleaseOn:      e.ReleaseOn,
		Partial:        e.Partial,
		MarkReturned:   e.MarkReturned,
		ProcessReturn:  e.ProcessReturn,
		Payment:        e.Payment,
		Deposit:        e.Deposit,
		DeadlineDays:   e.DeadlineDays,
		AfterDeadline:  e.AfterDeadline,
		MandateAmounts: e.MandateAmounts,
		Number:         e.Number,
		ReturnNumber:   e.ReturnNumber,
		OriginalOrder:  append([]string(nil), e.OriginalOrder...),
		Limits:         c.Limits(),
	}
}
