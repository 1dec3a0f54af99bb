package kafka

import (
	"encoding/json"
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
	if err := runtime.Set("toJson", func(value sobek.Value) (string, error) {
		text, err := json.Marshal(value.Export()) // as k6 does with what setup() returns
		return string(text), err
	}); err != nil {
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
			const consumer = new Consumer({ brokers, from: endOffsets({ brokers, topics: ["words"] }) });
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

func TestAConsumerReadsWhatComesAfterTheEndOffsets(t *testing.T) {
	_, err := script(t, `
		const producer = new Producer({ brokers });
		producer.produce(["a", "b", "c", "d"].map((key) => ({ topic: "words", key, value: "before" })));
		// Through JSON, as from setup() to a VU.
		const from = JSON.parse(toJson(endOffsets({ brokers, topics: ["words"] })));
		assert(from.map(({ partition }) => partition).join() === "0,1,2", "each partition: " + JSON.stringify(from));
		assert(from.reduce((sum, { offset }) => sum + offset, 0) === 4, "all that was there: " + JSON.stringify(from));
		producer.produce(["a", "b", "c", "d"].map((key) => ({ topic: "words", key, value: "after" })));
		const consumer = new Consumer({ brokers, from });
		const messages = poll(consumer, 4);
		assert(messages.map(({ key }) => key).sort().join("") === "abcd", "each once");
		assert(messages.every(({ value }) => value.byteLength === "after".length), "and none of before");
		assert(consumer.poll({ timeoutMs: 200 }).length === 0, "nothing else");
		consumer.close();
		producer.close();`)
	if err != nil {
		t.Error(err)
	}
}

func TestAPollTakesNoMoreThanItMay(t *testing.T) {
	_, err := script(t, `
		const producer = new Producer({ brokers });
		const from = endOffsets({ brokers, topics: ["words"] });
		producer.produce(["a", "b", "c"].map((key) => ({ topic: "words", key, value: key })));
		const consumer = new Consumer({ brokers, from });
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
		{`new Consumer({ brokers, from: [] })`, "from: name at least one partition"},
		{`endOffsets({ brokers, topics: [] })`, "topics: name at least one"},
		{`endOffsets({ brokers, topics: ["nowhere"] })`, "offsets of [nowhere]"},
		{`new Producer({ brokers }).produce([{ value: "x" }])`, "record 0: topic: must be set"},
		{`new Producer({ brokers }).produce([{ topic: "words", value: {} }])`, "record 0: value: invalid type"},
		{`new Producer({ brokers }).produce([{ topic: "nowhere", value: "x" }])`, "produce to nowhere"},
		{`new Producer({ brokers: ["127.0.0.1:1"], timeoutMs: 300 }).produce([{ topic: "words", value: "x" }])`, "produce to words, after 3"},
		{`const consumer = new Consumer({ brokers, from: endOffsets({ brokers, topics: ["words"] }) }); consumer.close(); consumer.poll({})`, "the consumer is closed"},
	} {
		_, err := script(t, example.code)
		if err == nil || !strings.Contains(err.Error(), example.want) {
			t.Errorf("%s\n  threw %v\n  wanted %s", example.code, err, example.want)
		}
	}
}
