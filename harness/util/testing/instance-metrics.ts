/** What an instance of the service says of itself, in Prometheus's text format: a comment, an empty line, labels, a value that is no number, a time. */
export const instanceMetrics = `# HELP nodejs_heap_size_used_bytes Process heap size used from Node.js in bytes.
# TYPE nodejs_heap_size_used_bytes gauge
nodejs_heap_size_used_bytes{instance="stt-1"} 23456789

stt_database_pool_connections{state="total",instance="stt-1"} 7
stt_database_pool_connections{state="waiting",instance="stt-1"} 2
nodejs_eventloop_lag_p99_seconds{instance="stt-1"} NaN
nodejs_active_resources{type="Timeout"} 12 1395066363000
`;
