package exchange

// What others may be told of an exchange, by name.
const (
	NewsCreated   = "exchange.created"
	NewsReleased  = "exchange.released"
	NewsSent      = "exchange.sent"
	NewsCompleted = "exchange.completed"
	NewsCancelled = "exchange.cancelled"
	NewsRaised    = "exchange.raised"
	NewsInstant   = "return.instant_exchange" // released before the goods are in

	newsSettlement = "settlement." // and the settlement's status
)

// newsOf are the stages whose first entry is news.
var newsOf = map[Stage]string{Released: NewsReleased, Sent: NewsSent, Completed: NewsCompleted, Cancelled: NewsCancelled}

// NewsNames lists all that others may be told of.
func NewsNames() []string {
	names := []string{NewsCreated, NewsReleased, NewsSent, NewsCompleted, NewsCancelled, NewsRaised, NewsInstant}
	for _, status := range []string{"due", "secured", "settled", "refused", "written_off"} {
		names = append(names, newsSettlement+status)
	}
	return names
}

// News is what is worth telling of the step from x to next, whose line in the journal is e. A stage that is entered
// again, after a cancellation was refused, is none.
func News(x, next *Exchange, e *Entry) []string {
	var out []string
	if x.Version == 0 {
		out = append(out, NewsCreated)
	}
	was := map[Stage]bool{}
	for i, s := range next.Since {
		if name := newsOf[s.Stage]; name != "" && !was[s.Stage] && i >= len(x.Since) {
			out = append(out, name)
			if s.Stage == Released && next.Instant() {
				out = append(out, NewsInstant)
			}
		}
		was[s.Stage] = true
	}
	if len(e.Raised) > 0 {
		out = append(out, NewsRaised)
	}
	if status := next.Settlement().Status; status != x.Settlement().Status && status != "none" {
		out = append(out, newsSettlement+status)
	}
	return out
}
