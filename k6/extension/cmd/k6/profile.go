package main

import (
	"slices"
	"strings"
)

const (
	profileTag      = "test_type="
	profileVariable = "PROFILE"
)

// withProfileOfTag makes `--tag test_type=smoke` say the same as `-e PROFILE=smoke`, unless the command line or the
// environment names a profile already.
//
// A script chooses its scenarios while it is loaded, when k6 tells it the variables (__ENV) and not yet the tags. Other
// k6 therefore cannot choose by the tag; the scripts notice that in setup() and stop.
func withProfileOfTag(args []string, lookup func(string) (string, bool)) []string {
	if _, set := lookup(profileVariable); set {
		return args
	}
	for _, value := range valuesOf(args, "-e", "--env") {
		if strings.HasPrefix(value, profileVariable+"=") {
			return args
		}
	}
	for _, value := range valuesOf(args, "", "--tag") {
		if profile, found := strings.CutPrefix(value, profileTag); found && len(args) > 1 {
			return slices.Insert(slices.Clone(args), 2, "-e", profileVariable+"="+profile)
		}
	}
	return args
}

// valuesOf lists a flag's values, in each way of writing that k6 takes: `--env a`, `--env=a`, `-e a`, `-ea`, `-e=a`.
func valuesOf(args []string, short, long string) []string {
	var values []string
	for index, arg := range args {
		switch {
		case arg == "--":
			return values
		case arg == long || (short != "" && arg == short):
			if index+1 < len(args) {
				values = append(values, args[index+1])
			}
		case strings.HasPrefix(arg, long+"="):
			values = append(values, strings.TrimPrefix(arg, long+"="))
		case short != "" && strings.HasPrefix(arg, short) && !strings.HasPrefix(arg, "--"):
			values = append(values, strings.TrimPrefix(strings.TrimPrefix(arg, short), "="))
		}
	}
	return values
}
