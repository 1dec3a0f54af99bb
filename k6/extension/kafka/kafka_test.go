package kafka

import (
	"strings"
	"testing"

	"github.com/grafana/sobek"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.k6.io/k6/v2/js/modulestest"
)

// script runs JavaScript as a VU does, against a broker of its own (franz-go's kfake) with the topic "words".
func script(t *testing.T, code string) (sobek.Value, error) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(3, "words"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	vu := modulestest.NewRuntime(t).VU
	runtime := vu.Runtime()
	for name, value := range new(rootModule).NewModuleInstance(vu).Exports().Named {
		if err := runtime.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	if err := runtime.Set("brokers", cluster.ListenAddrs()); err != nil {
		t.Fatal(err)
	}
	return runtime.RunString(`
		function poll(consumer, count) {
			const messages = [];
			for (let tries = 0; messages.length < count && tries < 100; tries++)
				messages.push(...consumer.poll({ timeoutMs: 100 }));
			return messages;
		}
		function assert(truth, what) { if (!truth) throw new Error("not so: " + what); }
		` + code)
}

func TestWhatIsProducedIsConsumed(t *testing.T) {
	for _, acks := range []string{"all", "1"} {
		_, err := script(t, `
			const producer = new Producer({ brokers, acks: "`+acks+`" });
			const consumer = new Consumer({ brokers, topics: ["words"], fromMs: Date.now() - 1000 });
			const { acks, durationMs } = producer.produce([
				{ topic: "words", key: "a", value: "first", headers: { attempt: "0", cause: "ü" } },
				{ topic: "words", key: "a", value: new Uint8Array([0, 255]).buffer },
				{ topic: "words", key: "a" },
			]);
			assert(durationMs > 0 && durationMs < 10000, "a duration: " + durationMs);
			assert(acks.map((ack) => ack.offset).join() === "0,1,2", "offsets: " + JSON.stringify(acks));
			assert(new Set(acks.map((ack) => ack.partition)).size === 1, "one key, one partition");
			const [first, second, third] = poll(consumer, 3);
			assert(first.key === "a" && first.topic === "words" && first.offset === 0, JSON.stringify(first));
			assert(String.fromCharCode(...new Uint8Array(first.value)) === "first", "the value");
			assert(first.headers.attempt === "0" && first.headers.cause === "ü", JSON.stringify(first.headers));
			assert(Math.abs(first.timestampMs - Date.now()) < 60000, "a timestamp of now: " + first.timestampMs);
			assert(first.latencyMs >= 0 && first.latencyMs < 10000, "a latency: " + first.latencyMs);
			assert(new Uint8Array(second.value).join() === "0,255", "bytes stay what they are");
			assert(third.value === null, "a tombstone has no value");
			producer.close();
			consumer.close();`)
		if err != nil {
			t.Errorf("acks %s: %v", acks, err)
		}
	}
}

func TestAConsumerBeginsWithTheNextRecord(t *testing.T) {
	_, err := script(t, `
		const producer = new Producer({ brokers });
		producer.produce([{ topic: "words", key: "a", value: "before" }]);
		const consumer = new Consumer({ brokers, topics: ["words"] });
		assert(consumer.poll({ timeoutMs: 1500 }).length === 0, "what was there before is passed over");
		producer.produce([{ topic: "words", key: "b", value: "after" }]);
		assert(poll(consumer, 1)[0].key === "b", "the next one is read");
		consumer.close();
		producer.close();`)
	if err != nil {
		t.Error(err)
	}
}

func TestAPollTakesNoMoreThanItMay(t *testing.T) {
	_, err := script(t, `
		const producer = new Producer({ brokers });
		producer.produce(["a", "b", "c"].map((key) => ({ topic: "words", key, value: key })));
		const consumer = new Consumer({ brokers, topics: ["words"], fromMs: 0 });
		const keys = [];
		for (let tries = 0; keys.length < 3 && tries < 100; tries++) {
			const messages = consumer.poll({ max: 1, timeoutMs: 100 });
			assert(messages.length <= 1, "one at most");
			keys.push(...messages.map(({ key }) => key));
		}
		assert(keys.sort().join() === "a,b,c", "each once: " + keys);
		consumer.close();`)
	if err != nil {
		t.Error(err)
	}
}

func TestRefusals(t *testing.T) {
	for _, example := range []struct{ code, want string }{
		{`new Producer({ brokers: [] })`, "name at least one"},
		{`new Producer({ brokers, acks: "some" })`, `"all", "1" or "0", not "some"`},
		{`new Producer({ brokers: 5 })`, "another shape"},
		{`new Consumer({ brokers, topics: [] })`, "topics: name at least one"},
		{`new Producer({ brokers }).produce([{ value: "x" }])`, "record 0: topic: must be set"},
		{`new Producer({ brokers }).produce([{ topic: "words", value: {} }])`, "record 0: value: invalid type"},
		{`new Producer({ brokers }).produce([{ topic: "nowhere", value: "x" }])`, "produce to nowhere"},
		{`new Producer({ brokers: ["127.0.0.1:1"], timeoutMs: 300 }).produce([{ topic: "words", value: "x" }])`, "produce to words, after 3"},
		{`const consumer = new Consumer({ brokers, topics: ["words"] }); consumer.close(); consumer.poll({})`, "the consumer is closed"},
	} {
		_, err := script(t, example.code)
		if err == nil || !strings.Contains(err.Error(), example.want) {
			t.Errorf("%s\n  threw %v\n  wanted %s", example.code, err, example.want)
		}
	}
}
