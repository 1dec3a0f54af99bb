/** What k6 has beside what @types/k6 declares, as far as the scripts use it. */
declare const console: { log(...values: unknown[]): void; warn(...values: unknown[]): void };

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
}

declare class TextDecoder {
  decode(bytes: ArrayBuffer | Uint8Array): string;
}
