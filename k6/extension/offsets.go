package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
)

type offsetsOptions struct {
	Brokers []string `js:"brokers"`
	Topics  []string `js:"topics"`
}

// endOffsets is the function of that name: where each partition of the topics ends now, so that a consumer that begins
// there reads everything that is produced afterwards.
func (m *module) endOffsets(options offsetsOptions) ([]position, error) {
	if len(options.Topics) == 0 {
		return nil, errors.New("topics: name at least one")
	}
	client, err := connect(options.Brokers)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(contextOf(m.vu), defaultTimeout)
	defer cancel()
	listed, err := kadm.NewClient(client).ListEndOffsets(ctx, options.Topics...)
	if err == nil {
		err = listed.Error()
	}
	if err != nil {
		return nil, fmt.Errorf("offsets of %v: %w", options.Topics, err)
	}
	var positions []position
	for _, one := range listed.Offsets().Sorted() {
		positions = append(positions, position{one.Topic, one.Partition, one.At})
	}
	return positions, nil
}
