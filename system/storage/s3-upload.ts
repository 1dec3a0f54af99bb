import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";

/** The least that S3 takes for a part that is not the last. */
const partBytes = 5 * 1024 * 1024;

/** How each request is sent: with a deadline, its errors translated. */
type Call = <T>(send: (options: { abortSignal: AbortSignal }) => Promise<T>) => Promise<T>;

/**
 * Writes one object of any size, of which two parts are in memory at a time. The first part is sent last, so that its
 * beginning can still be decided at the end (lib-storage sends parts in order). Nothing is to be seen of the object until
 * it is complete; disposed of before, it is given up.
 */
export class S3Upload implements AsyncDisposable {
  readonly #client: S3Client;
  readonly #object: { readonly Bucket: string; readonly Key: string };
  readonly #call: Call;
  readonly #first = new Part(1);
  #current = this.#first;
  #uploadId: string | undefined;
  readonly #sent: CompletedPart[] = [];
  /** How much was added. */
  bytes = 0;

  constructor(client: S3Client, object: { Bucket: string; Key: string }, call: Call) {
    this.#client = client;
    this.#object = object;
    this.#call = call;
  }

  /** Copies the bytes. */
  async add(bytes: Uint8Array): Promise<void> {
    this.bytes += bytes.byteLength;
    let rest = bytes;
    while (rest.byteLength > 0) {
      if (this.#current.isFull) await this.#nextPart();
      rest = this.#current.take(rest);
    }
  }

  /** @param beginning replaces the object's first bytes. */
  async complete(beginning: Uint8Array): Promise<void> {
    this.#first.bytes().set(beginning);
    if (this.#current === this.#first) {
      const put = new PutObjectCommand({ ...this.#object, Body: this.#first.bytes() });
      await this.#call((options) => this.#client.send(put, options));
      return;
    }
    await this.#send(this.#current);
    await this.#send(this.#first);
    const parts = this.#sent.toSorted((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    const completion = { ...this.#object, UploadId: this.#uploadId, MultipartUpload: { Parts: parts } };
    await this.#call((options) => this.#client.send(new CompleteMultipartUploadCommand(completion), options));
    this.#uploadId = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#uploadId === undefined) return;
    const abortion = new AbortMultipartUploadCommand({ ...this.#object, UploadId: this.#uploadId });
    // Not its success matters, but what made it necessary; a rule of the bucket removes what is left.
    await this.#call((options) => this.#client.send(abortion, options)).catch(() => {});
  }

  async #nextPart(): Promise<void> {
    if (this.#current === this.#first) {
      const creation = new CreateMultipartUploadCommand(this.#object);
      const { UploadId } = await this.#call((options) => this.#client.send(creation, options));
      this.#uploadId = UploadId;
      this.#current = new Part(2);
    } else {
      await this.#send(this.#current);
      this.#current.reuse();
    }
  }

  async #send(part: Part): Promise<void> {
    const { number: PartNumber } = part;
    const upload = new UploadPartCommand({
      ...this.#object,
      UploadId: this.#uploadId,
      PartNumber,
      Body: part.bytes(),
    });
    const { ETag } = await this.#call((options) => this.#client.send(upload, options));
    this.#sent.push({ PartNumber, ETag });
  }
}

/** The content of a part as it gathers. */
class Part {
  number: number;
  readonly #buffer = new Uint8Array(partBytes);
  #length = 0;

  constructor(number: number) {
    this.number = number;
  }

  get isFull(): boolean {
    return this.#length === partBytes;
  }

  /** @returns what does not fit. */
  take(bytes: Uint8Array): Uint8Array {
    const fitting = bytes.subarray(0, partBytes - this.#length);
    this.#buffer.set(fitting, this.#length);
    this.#length += fitting.byteLength;
    return bytes.subarray(fitting.byteLength);
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Makes it the next part, in the same memory. */
  reuse(): void {
    this.number++;
    this.#length = 0;
  }
}
