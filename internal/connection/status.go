package connection

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tradeback/tradeback/internal/exchange"
)

// StatusSet names the warehouse's statuses that play one role, each by its text or by its number.
type StatusSet []string

// OrderStatuses say what an order's statuses mean to an exchange.
type OrderStatuses struct {
	Open      StatusSet `yaml:"open" json:"open" validate:"min=1,dive,required"`
	Returned  StatusSet `yaml:"returned" json:"returned" validate:"min=1,dive,required"`
	Released  StatusSet `yaml:"released" json:"released" validate:"min=1,dive,required"`
	Sent      StatusSet `yaml:"sent" json:"sent" validate:"min=1,dive,required"`
	Cancelled StatusSet `yaml:"cancelled" json:"cancelled" validate:"min=1,dive,required"`
}

// ReturnOrderStatuses say what a return order's statuses mean.
type ReturnOrderStatuses struct {
	Notified StatusSet `yaml:"notified" json:"notified" validate:"min=1,dive,required"`
	Returned StatusSet `yaml:"returned" json:"returned" validate:"min=1,dive,required"`
}

// RoleSet is a role with the statuses that play it.
type RoleSet struct {
	Role  exchange.Role
	Names StatusSet
}

// Roles lists the roles of an order, in the order of a normal exchange.
func (s OrderStatuses) Roles() []RoleSet {
	return []RoleSet{
		{exchange.RoleOpen, s.Open},
		{exchange.RoleReturned, s.Returned},
		{exchange.RoleReleased, s.Released},
		{exchange.RoleSent, s.Sent},
		{exchange.RoleCancelled, s.Cancelled},
	}
}

// Roles lists the roles of a return order.
func (s ReturnOrderStatuses) Roles() []RoleSet {
	return []RoleSet{
		{exchange.RoleNotified, s.Notified},
		{exchange.RoleReturned, s.Returned},
	}
}

// StatusMap says which role a status number plays. Numbers without a role are not in it.
type StatusMap map[int]exchange.Role

// UnresolvedError says which of the merchant's statuses the warehouse does not have, or has given to two roles.
type UnresolvedError struct {
	Problems []string
	Known    []string // what the warehouse has: "200 Open"
}

func (e *UnresolvedError) Error() string {
	return strings.Join(e.Problems, "; ") + "; the warehouse has: " + strings.Join(e.Known, ", ")
}

// Resolve finds the numbers of what the merchant named among the warehouse's own statuses, texts by number.
// Texts are compared without regard to case; a text that several numbers bear names them all. numbers says
// for each role which number to set: the first of its set.
//
// Errors: UnresolvedError, with all that is wrong.
func Resolve(roles []RoleSet, known map[int]string) (statuses StatusMap, numbers map[exchange.Role]int, err error) {
	statuses, numbers = StatusMap{}, map[exchange.Role]int{}
	var problems []string
	for _, role := range roles {
		for _, name := range role.Names {
			found := numbersOf(name, known)
			if len(found) == 0 {
				problems = append(problems, fmt.Sprintf("%s: there is no status %q", role.Role, name))
			}
			for _, number := range found {
				if other, taken := statuses[number]; taken && other != role.Role {
					problems = append(problems, fmt.Sprintf("status %d is both %s and %s", number, other, role.Role))
				}
				statuses[number] = role.Role
				if _, has := numbers[role.Role]; !has {
					numbers[role.Role] = number
				}
			}
		}
	}
	if problems != nil {
		return nil, nil, &UnresolvedError{Problems: problems, Known: listed(known)}
	}
	return statuses, numbers, nil
}

// numbersOf finds the numbers that name means, in ascending order: itself, or those that bear the text.
func numbersOf(name string, known map[int]string) []int {
	if number, err := strconv.Atoi(name); err == nil {
		if _, has := known[number]; has {
			return []int{number}
		}
	}
	var found []int
	for number, text := range known {
		if strings.EqualFold(strings.TrimSpace(text), strings.TrimSpace(name)) {
			found = append(found, number)
		}
	}
	slices.Sort(found)
	return found
}

// listed writes known as people read it, by number.
func listed(known map[int]string) []string {
	var numbers []int
	for number := range known {
		numbers = append(numbers, number)
	}
	slices.SortFunc(numbers, cmp.Compare)
	out := make([]string, len(numbers))
	for i, number := range numbers {
		out[i] = fmt.Sprintf("%d %s", number, known[number])
	}
	return out
}
