package main

import (
	"slices"
	"strings"
	"testing"
)

func TestWithProfileOfTag(t *testing.T) {
	unset := func(string) (string, bool) { return "", false }
	for _, example := range []struct{ given, want string }{
		{"k6 run --tag test_type=smoke k6/stt-load.ts", "k6 run -e PROFILE=smoke --tag test_type=smoke k6/stt-load.ts"},
		{"k6 run k6/stt-load.ts --tag=test_type=soak", "k6 run -e PROFILE=soak k6/stt-load.ts --tag=test_type=soak"},
		{"k6 run -e BASE_URL=x --tag test_type=smoke a.ts", "k6 run -e PROFILE=smoke -e BASE_URL=x --tag test_type=smoke a.ts"},
		{"k6 run --tag test_type=smoke -e PROFILE=load a.ts", ""},
		{"k6 run --tag test_type=smoke -ePROFILE=load a.ts", ""},
		{"k6 run --tag test_type=smoke --env=PROFILE=load a.ts", ""},
		{"k6 run --tag team=a k6/stt-load.ts", ""},
		{"k6 run k6/stt-load.ts", ""},
		{"k6 run a.ts -- --tag test_type=smoke", ""},
		{"k6 run a.ts --tag", ""},
		{"k6", ""},
	} {
		want := example.want
		if want == "" {
			want = example.given
		}
		got := withProfileOfTag(strings.Fields(example.given), unset)
		if !slices.Equal(got, strings.Fields(want)) {
			t.Errorf("%s\n  became %s\n  wanted %s", example.given, strings.Join(got, " "), want)
		}
	}
}

func TestTheEnvironmentNamesTheProfileFirst(t *testing.T) {
	set := func(name string) (string, bool) { return "load", name == profileVariable }
	given := strings.Fields("k6 run --tag test_type=smoke a.ts")
	if got := withProfileOfTag(given, set); !slices.Equal(got, given) {
		t.Errorf("became %v", got)
	}
}
