package connection

import (
	"fmt"
	"regexp"
	"strings"
)

// variable is ${NAME}; what stands between the braces is checked apart, so that a slip is not taken as text.
var (
	variable     = regexp.MustCompile(`\$\{([^}]*)\}`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

// expand replaces each ${NAME} in text by what getenv says. What comes from the environment is not
// expanded again. problems says which variables are not set.
func expand(text string, getenv func(string) string) (out string, problems []string) {
	out = variable.ReplaceAllStringFunc(text, func(match string) string {
		name := variable.FindStringSubmatch(match)[1]
		if !variableName.MatchString(name) {
			problems = append(problems, fmt.Sprintf("${%s} is not the name of a variable", name))
			return ""
		}
		value := getenv(name)
		if value == "" {
			problems = append(problems, "the environment variable "+name+" is not set")
		}
		return value
	})
	if rest := variable.ReplaceAllString(text, ""); strings.Contains(rest, "${") {
		problems = append(problems, "a ${ is not closed by a }")
	}
	return out, problems
}
