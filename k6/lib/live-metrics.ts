import { Counter, Trend } from "k6/metrics";

const milliseconds = true;

/** From opening the WebSocket to CONNECTED. */
export const connectDuration = new Trend("ws_connect_duration", milliseconds);
/** From sending what changes a recording's status to the message that tells of it. */
export const messageLatency = new Trend("ws_message_latency", milliseconds);
/** From a SEND to its RECEIPT, for a chunk. */
export const receiptDuration = new Trend("ws_receipt_duration", milliseconds);
/** Connections that were lost and replaced, and how long that took. */
export const reconnects = new Counter("ws_reconnects");
export const reconnectDuration = new Trend("ws_reconnect_duration", milliseconds);
