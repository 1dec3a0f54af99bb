// Checks a history of registers (docs/history-format.md) with Porcupine, as a baseline for the bench.
//
//	porcupine FILE...
//
// prints for each file a line of JSON: {"valid": bool, "readMs": n, "checkMs": n}.
//
// Semantics, the same as ours: what fails is left out. What ends info or never may take effect at any time from its
// invoke on, or never: it is given a return after the last event of the history. A write there is free to take effect
// after everything else, which nobody can tell from never; a cas whose old value is not there may do nothing.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/anishathalye/porcupine"
)

const version = "1.3.1"

type event struct {
	Type    string          `json:"type"`
	Process int             `json:"process"`
	F       string          `json:"f"`
	Key     string          `json:"key"`
	Value   json.RawMessage `json:"value"`
}

type input struct {
	f, key, value, old string
}

type output struct {
	known bool
	value string
}

var model = porcupine.Model{
	PartitionEvent: func(history []porcupine.Event) [][]porcupine.Event {
		byKey := map[string]int{}
		keyOf := map[int]int{}
		var parts [][]porcupine.Event
		for _, event := range history {
			if event.Kind == porcupine.CallEvent {
				key := event.Value.(input).key
				if _, found := byKey[key]; !found {
					byKey[key] = len(parts)
					parts = append(parts, nil)
				}
				keyOf[event.Id] = byKey[key]
			}
			part := keyOf[event.Id]
			parts[part] = append(parts[part], event)
		}
		return parts
	},
	Init: func() interface{} { return "null" },
	Step: func(state, in, out interface{}) (bool, interface{}) {
		asked, answer := in.(input), out.(output)
		switch asked.f {
		case "read":
			return !answer.known || answer.value == state.(string), state
		case "write":
			return true, asked.value
		default: // cas
			if state.(string) == asked.old {
				return true, asked.value
			}
			return !answer.known, state
		}
	},
	// Without it, Porcupine's cache tells configurations of one set of operations apart only one after the other.
	Hash: func(state interface{}) uint64 {
		hash := uint64(14695981039346656037)
		for _, char := range []byte(state.(string)) {
			hash = (hash ^ uint64(char)) * 1099511628211
		}
		return hash
	},
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("porcupine", version)
		return
	}
	for _, path := range os.Args[1:] {
		start := time.Now()
		history, err := read(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		middle := time.Now()
		valid := porcupine.CheckEvents(model, history)
		end := time.Now()
		ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
		json.NewEncoder(os.Stdout).Encode(map[string]any{
			"valid": valid, "readMs": ms(middle.Sub(start)), "checkMs": ms(end.Sub(middle)),
		})
	}
}

type operation struct {
	id      int
	process int
	call    int // its place in the history
}

// read gives the events of a file as Porcupine wants them: a call and a return for each operation that did not fail.
func read(path string) ([]porcupine.Event, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	lines := bufio.NewScanner(bufio.NewReaderSize(file, 1<<20))
	lines.Buffer(nil, 1<<20)
	var history []porcupine.Event
	open := map[int]operation{}
	unknown := map[int]operation{}
	failed := map[int]bool{}
	for id := 0; lines.Scan(); {
		var line event
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return nil, err
		}
		if line.Type == "invoke" {
			asked, err := inputOf(line)
			if err != nil {
				return nil, err
			}
			open[line.Process] = operation{id, line.Process, len(history)}
			history = append(history, porcupine.Event{ClientId: line.Process, Kind: porcupine.CallEvent, Value: asked, Id: id})
			id++
			continue
		}
		done := open[line.Process]
		delete(open, line.Process)
		switch line.Type {
		case "ok":
			answer := output{known: true, value: string(line.Value)}
			history = append(history, porcupine.Event{ClientId: line.Process, Kind: porcupine.ReturnEvent, Value: answer, Id: done.id})
		case "fail":
			failed[done.id] = true
		default:
			unknown[done.id] = done
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	for _, done := range open {
		unknown[done.id] = done
	}
	// A read of unknown outcome says nothing and changes nothing.
	for id, done := range unknown {
		if history[done.call].Value.(input).f == "read" {
			failed[id] = true
		} else {
			history = append(history, porcupine.Event{ClientId: done.process, Kind: porcupine.ReturnEvent, Value: output{}, Id: id})
		}
	}
	if len(failed) == 0 {
		return history, nil
	}
	kept := history[:0]
	for _, event := range history {
		if !failed[event.Id] {
			kept = append(kept, event)
		}
	}
	return kept, nil
}

func inputOf(line event) (input, error) {
	asked := input{f: line.F, key: line.Key, value: string(line.Value)}
	if line.F == "cas" {
		var values [2]json.RawMessage
		if err := json.Unmarshal(line.Value, &values); err != nil {
			return asked, err
		}
		asked.old, asked.value = string(values[0]), string(values[1])
	}
	return asked, nil
}
