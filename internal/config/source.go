package config

// sources are where a setting comes from that is no flag: the environment, then the settings file.
type sources struct {
	getenv func(string) string
	file   map[string]entry
}

// entry is what a variable is set to, and where.
type entry struct{ text, where string }

func (s sources) inEnv(name string) entry { return entry{s.getenv(name), name} }

func (s sources) inFile(name string) entry { return s.file[name] }

// lookup is what a variable is set to; unset, it is the empty text.
func (s sources) lookup(name string) entry {
	e := s.inEnv(name)
	if in := s.inFile(name); e.text == "" && in.text != "" {
		return in
	}
	return e
}
