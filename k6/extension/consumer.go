package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/grafana/sobek"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.k6.io/k6/v2/js/modules"
)

// waiting is how many records may wait for a poll; beyond, fetching stops.
const waiting = 10_000

type consumerOptions struct {
	Brokers []string `js:"brokers"`
	// From is where to begin, for each partition that is to be read.
	From []position `js:"from"`
}

// position is where a record is, or will be. It is in JSON what it is in JavaScript: what setup() returns goes through JSON.
type position struct {
	Topic     string `js:"topic" json:"topic"`
	Partition int32  `js:"partition" json:"partition"`
	Offset    int64  `js:"offset" json:"offset"`
}

// consumer is the class Consumer: it reads partitions without a group, so it takes nothing from the groups that work on
// them, and commits nothing.
//
// It begins at offsets. By time it could miss records: kgo asks for the offset of a time and for the end at once, and
// takes the end, which may be later, when there is no record of that time yet (kgo.Offset.AfterMilli, v1.22.2).
type consumer struct {
	vu     modules.VU
	client *kgo.Client
	ctx    context.Context //nolint:containedctx // of the goroutine that fetches, which outlives the calls
	cancel context.CancelFunc
	start  sync.Once
	// What was fetched, and when; polls take from it.
	arrivals chan arrival
}

type arrival struct {
	record *kgo.Record
	at     time.Time
	err    error
}

func newConsumer(vu modules.VU, options consumerOptions) (*consumer, error) {
	if len(options.From) == 0 {
		return nil, errors.New("from: name at least one partition, as endOffsets does")
	}
	from := map[string]map[int32]kgo.Offset{}
	for _, one := range options.From {
		if from[one.Topic] == nil {
			from[one.Topic] = map[int32]kgo.Offset{}
		}
		from[one.Topic][one.Partition] = kgo.NewOffset().At(one.Offset)
	}
	client, err := connect(options.Brokers, kgo.ConsumePartitions(from))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &consumer{vu: vu, client: client, ctx: ctx, cancel: cancel, arrivals: make(chan arrival, waiting)}, nil
}

type pollOptions struct {
	// Max is how many records at most, 500 by default.
	Max int `js:"max"`
	// TimeoutMs is how long to wait for the first one, 1000 by default.
	TimeoutMs int64 `js:"timeoutMs"`
}

type message struct {
	Topic     string            `js:"topic"`
	Partition int32             `js:"partition"`
	Offset    int64             `js:"offset"`
	Key       any               `js:"key"`
	Value     any               `js:"value"`
	Headers   map[string]string `js:"headers"`
	// TimestampMs is the record's own: when it was produced, by the producer's clock.
	TimestampMs int64 `js:"timestampMs"`
	// LatencyMs is from the timestamp to the arrival here, to about a millisecond, for that is how exact the timestamp is.
	LatencyMs float64 `js:"latencyMs"`
}

// Poll returns the records that have arrived; it waits for the first one only. It throws what fetching failed with.
func (c *consumer) Poll(options pollOptions) ([]message, error) {
	c.start.Do(func() { go c.fetch() })
	limit, timeout := 500, time.Second
	if options.Max > 0 {
		limit = options.Max
	}
	if options.TimeoutMs > 0 {
		timeout = time.Duration(options.TimeoutMs) * time.Millisecond
	}
	deadline := time.NewTimer(timeout)
	defer deadline.Stop()
	messages := []message{}
	select {
	case first := <-c.arrivals:
		if first.err != nil {
			return nil, first.err
		}
		messages = append(messages, c.messageOf(first))
	case <-deadline.C:
		return messages, nil
	case <-c.ctx.Done():
		return nil, errors.New("poll: the consumer is closed")
	case <-contextOf(c.vu).Done():
		return messages, nil
	}
	for len(messages) < limit {
		select {
		case next := <-c.arrivals:
			if next.err != nil {
				return nil, next.err
			}
			messages = append(messages, c.messageOf(next))
		default:
			return messages, nil
		}
	}
	return messages, nil
}

// Close ends the consumer's connections. What was not polled is dropped.
func (c *consumer) Close() {
	c.cancel()
	c.client.Close()
}

// fetch runs beside the script, so that a record's arrival is when it came and not when the script had time for it.
func (c *consumer) fetch() {
	for {
		fetches := c.client.PollFetches(c.ctx)
		at := time.Now()
		if fetches.IsClientClosed() || c.ctx.Err() != nil {
			return
		}
		fetches.EachError(func(topic string, partition int32, err error) {
			c.arrived(arrival{err: fmt.Errorf("fetch %s-%d: %w", topic, partition, err)})
		})
		fetches.EachRecord(func(record *kgo.Record) { c.arrived(arrival{record: record, at: at}) })
	}
}

func (c *consumer) arrived(one arrival) {
	select {
	case c.arrivals <- one:
	case <-c.ctx.Done():
	}
}

func (c *consumer) messageOf(one arrival) message {
	record := one.record
	headers := make(map[string]string, len(record.Headers))
	for _, header := range record.Headers {
		headers[header.Key] = string(header.Value)
	}
	return message{
		Topic: record.Topic, Partition: record.Partition, Offset: record.Offset, Headers: headers,
		Key: textOf(record.Key), Value: c.bufferOf(record.Value),
		TimestampMs: record.Timestamp.UnixMilli(),
		LatencyMs:   max(0, milliseconds(one.at.Sub(record.Timestamp))),
	}
}

func textOf(bytes []byte) any {
	if bytes == nil {
		return sobek.Null()
	}
	return string(bytes)
}

func (c *consumer) bufferOf(bytes []byte) any {
	if bytes == nil {
		return sobek.Null()
	}
	return c.vu.Runtime().NewArrayBuffer(bytes)
}
