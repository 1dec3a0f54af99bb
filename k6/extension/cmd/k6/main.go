// Command k6 is k6 with the module k6/x/kafka compiled in. It is built by `go build`, with what go.sum pins; the xk6
// tool, which makes such a main function by itself, is not needed.
package main

import (
	"os"

	"go.k6.io/k6/v2/cmd"

	_ "faultline/xk6-kafka"
)

func main() {
	os.Args = withProfileOfTag(os.Args, os.LookupEnv)
	cmd.Execute()
}
