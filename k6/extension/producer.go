package kafka

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
)

const defaultTimeout = 10 * time.Second

type producerOptions struct {
	Brokers []string `js:"brokers"`
	// Acks is "all" (the default, and then idempotent), "1" or "0".
	Acks string `js:"acks"`
	// TimeoutMs is how long a produce may take, 10 s by default.
	TimeoutMs int64 `js:"timeoutMs"`
}

// producer is the class Producer.
type producer struct {
	vu      modules.VU
	client  *kgo.Client
	timeout time.Duration
}

func newProducer(vu modules.VU, options producerOptions) (*producer, error) {
	acks, err := acksOf(options.Acks)
	if err != nil {
		return nil, err
	}
	timeout := defaultTimeout
	if options.TimeoutMs > 0 {
		timeout = time.Duration(options.TimeoutMs) * time.Millisecond
	}
	// No linger: a produce waits for its own records only. UnknownTopicRetries stays: a missing topic fails in a second.
	client, err := connect(options.Brokers, append(acks, kgo.ProducerLinger(0))...)
	if err != nil {
		return nil, err
	}
	return &producer{vu, client, timeout}, nil
}

// acksOf: an idempotent producer needs acks=all. Its records may be given up while they are under way, so that a
// produce ends in time when brokers hang; a record that is then sent again may be there twice.
func acksOf(acks string) ([]kgo.Opt, error) {
	switch acks {
	case "", "all":
		return []kgo.Opt{kgo.RequiredAcks(kgo.AllISRAcks()), kgo.AllowIdempotentProduceCancellation()}, nil
	case "1":
		return []kgo.Opt{kgo.RequiredAcks(kgo.LeaderAck()), kgo.DisableIdempotentWrite()}, nil
	case "0":
		return []kgo.Opt{kgo.RequiredAcks(kgo.NoAck()), kgo.DisableIdempotentWrite()}, nil
	default:
		return nil, fmt.Errorf(`acks: "all", "1" or "0", not %q`, acks)
	}
}

type producerRecord struct {
	Topic   string            `js:"topic"`
	Key     any               `js:"key"`
	Value   any               `js:"value"`
	Headers map[string]string `js:"headers"`
}

// produced is what a produce was answered with.
type produced struct {
	// DurationMs is the time until the last acknowledgement.
	DurationMs float64 `js:"durationMs"`
	// Acks say where each record is, in their order; with acks "0" brokers do not tell the offset.
	Acks []position `js:"acks"`
}

// Produce sends records and waits until all are acknowledged. It throws when one is not: that one, and others, may have
// been written or not.
func (p *producer) Produce(given []producerRecord) (*produced, error) {
	records := make([]*kgo.Record, len(given))
	for index, record := range given {
		converted, err := recordOf(record)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", index, err)
		}
		records[index] = converted
	}
	ctx, cancel := context.WithTimeout(contextOf(p.vu), p.timeout)
	defer cancel()
	began := time.Now()
	results := p.client.ProduceSync(ctx, records...)
	took := time.Since(began)
	if err := results.FirstErr(); err != nil {
		return nil, fmt.Errorf("produce to %s, after %d ms: %w", topicsOf(given), took.Milliseconds(), err)
	}
	acks := make([]position, len(records))
	for index, record := range records {
		acks[index] = position{record.Topic, record.Partition, record.Offset}
	}
	return &produced{milliseconds(took), acks}, nil
}

// Close ends the producer's connections.
func (p *producer) Close() { p.client.Close() }

func recordOf(given producerRecord) (*kgo.Record, error) {
	if given.Topic == "" {
		return nil, fmt.Errorf("topic: must be set")
	}
	key, err := bytesOf(given.Key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	value, err := bytesOf(given.Value)
	if err != nil {
		return nil, fmt.Errorf("value: %w", err)
	}
	record := &kgo.Record{Topic: given.Topic, Key: key, Value: value}
	for name, text := range given.Headers {
		record.Headers = append(record.Headers, kgo.RecordHeader{Key: name, Value: []byte(text)})
	}
	return record, nil
}

// bytesOf: null and undefined stay absent, which Kafka tells from empty (a record without a value is a tombstone).
func bytesOf(value any) ([]byte, error) {
	if value == nil {
		return nil, nil
	}
	return common.ToBytes(value)
}

func topicsOf(records []producerRecord) string {
	var names []string
	for _, record := range records {
		if !slices.Contains(names, record.Topic) {
			names = append(names, record.Topic)
		}
	}
	return strings.Join(names, ", ")
}
