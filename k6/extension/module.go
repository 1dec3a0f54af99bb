// Package kafka is the k6 module k6/x/kafka: it produces and consumes Kafka records with franz-go
// (https://github.com/twmb/franz-go). k6/types/kafka.d.ts describes it for TypeScript.
package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grafana/sobek"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
)

func init() { modules.Register("k6/x/kafka", new(rootModule)) }

type rootModule struct{}

// NewModuleInstance is called once for each VU that imports the module.
func (*rootModule) NewModuleInstance(vu modules.VU) modules.Instance { return &module{vu} }

type module struct{ vu modules.VU }

// Exports lists what a script can import.
func (m *module) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{
		"Producer":   constructor(m.vu, newProducer),
		"Consumer":   constructor(m.vu, newConsumer),
		"endOffsets": m.endOffsets,
	}}
}

// constructor makes a JavaScript class of a function from an options object to a client.
func constructor[Options, Client any](
	vu modules.VU, create func(modules.VU, Options) (Client, error),
) func(sobek.ConstructorCall) *sobek.Object {
	return func(call sobek.ConstructorCall) *sobek.Object {
		var options Options
		if err := vu.Runtime().ExportTo(call.Argument(0), &options); err != nil {
			common.Throw(vu.Runtime(), fmt.Errorf("the options are of another shape: %w", err))
		}
		client, err := create(vu, options)
		if err != nil {
			common.Throw(vu.Runtime(), err)
		}
		return vu.Runtime().ToValue(client).ToObject(vu.Runtime())
	}
}

// contextOf is the VU's context, which ends with the test: none yet while the script is loaded.
func contextOf(vu modules.VU) context.Context {
	if ctx := vu.Context(); ctx != nil {
		return ctx
	}
	return context.Background()
}

var errNoBrokers = errors.New(`brokers: name at least one, as "host:port"`)

func connect(brokers []string, options ...kgo.Opt) (*kgo.Client, error) {
	if len(brokers) == 0 {
		return nil, errNoBrokers
	}
	return kgo.NewClient(append(options, kgo.SeedBrokers(brokers...), kgo.ClientID("k6"))...)
}

func milliseconds(duration time.Duration) float64 {
	return float64(duration.Microseconds()) / 1000
}
