import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWK,
  SignJWT,
  UnsecuredJWT,
} from "jose";
import { KeysUnavailable, TokenVerifier } from "./auth.ts";

const secret = "a secret for the tests of tokens, long enough";
const bytes = (text: string) => new TextEncoder().encode(text);
const hs256 = (claims: Record<string, unknown>, key = secret) =>
  new SignJWT(claims).setProtectedHeader({ alg: "HS256" }).sign(bytes(key));
const now = () => Math.floor(Date.now() / 1_000);

describe("the verifier of tokens", () => {
  describe("with a shared secret", () => {
    const verifier = new TokenVerifier({ secret });

    it("reads subject and scopes", async () => {
      const principal = await verifier.verify(await hs256({ sub: "alice", scope: "stt:read  stt:write" }));
      expect(principal?.subject).to.equal("alice");
      expect([...(principal?.scopes ?? [])]).to.deep.equal(["stt:read", "stt:write"]);
      const without = await verifier.verify(await hs256({ sub: "alice" }));
      expect(without?.scopes.size).to.equal(0);
    });

    it("refuses tokens that are forged, out of date, of no or no sane subject, or unsigned", async () => {
      const refused = {
        nonsense: "nonsense",
        forged: await hs256({ sub: "alice" }, "another secret, as long as the other one"),
        expired: await hs256({ sub: "alice", exp: now() - 60 }),
        "not valid yet": await hs256({ sub: "alice", nbf: now() + 60 }),
        nameless: await hs256({}),
        "with an empty name": await hs256({ sub: "" }),
        "with a NUL in its name": await hs256({ sub: "a\0b" }),
        "with a scope that is no text": await hs256({ sub: "alice", scope: ["stt:read"] }),
        unsigned: new UnsecuredJWT({ sub: "alice" }).encode(),
        "of another algorithm": await new SignJWT({ sub: "alice" })
          .setProtectedHeader({ alg: "HS512" })
          .sign(bytes(secret.repeat(2))),
      };
      for (const [what, token] of Object.entries(refused)) {
        expect(await verifier.verify(token), what).to.equal(null);
      }
    });

    it("allows for clocks that differ by a few seconds", async () => {
      expect(await verifier.verify(await hs256({ sub: "alice", exp: now() - 2 }))).not.to.equal(null);
    });

    it("checks issuer and audience where they are configured", async () => {
      const strict = new TokenVerifier({ secret, issuer: "https://id.example", audience: "stt" });
      const token = (iss: string, aud: string) => hs256({ sub: "alice", iss, aud });
      expect(await strict.verify(await token("https://id.example", "stt"))).not.to.equal(null);
      expect(await strict.verify(await token("https://other.example", "stt"))).to.equal(null);
      expect(await strict.verify(await token("https://id.example", "other"))).to.equal(null);
    });
  });

  describe("with an identity provider", () => {
    let provider: Provider;
    let key: KeyPair;

    before(async () => {
      key = await keyPair("key-1");
    });
    beforeEach(async () => {
      provider = await Provider.start();
      provider.keys = [key.jwk];
    });
    afterEach(() => provider[Symbol.asyncDispose]());

    it("accepts tokens signed by its keys, which it fetches once", async () => {
      const verifier = new TokenVerifier({ jwksUrl: provider.url });
      for (const subject of ["alice", "bob"]) {
        expect((await verifier.verify(await key.sign(subject)))?.subject).to.equal(subject);
      }
      expect(provider.requests).to.equal(1);
    });

    it("refuses keys it does not know, without asking for each of them anew", async () => {
      const verifier = new TokenVerifier({ jwksUrl: provider.url });
      await verifier.verify(await key.sign("alice"));
      const stranger = await keyPair("key-2");
      for (let n = 0; n < 3; n++) expect(await verifier.verify(await stranger.sign("alice"))).to.equal(null);
      expect(provider.requests).to.equal(1);
    });

    it("does not take the public key for a shared secret, nor a secret that is not configured", async () => {
      const verifier = new TokenVerifier({ jwksUrl: provider.url });
      const confused = await new SignJWT({ sub: "alice" })
        .setProtectedHeader({ alg: "HS256", kid: "key-1" })
        .sign(bytes(key.pem));
      expect(await verifier.verify(confused)).to.equal(null);
      expect(await verifier.verify(await hs256({ sub: "alice" }))).to.equal(null);
    });

    it("accepts both kinds when both are configured", async () => {
      const verifier = new TokenVerifier({ secret, jwksUrl: provider.url });
      expect((await verifier.verify(await hs256({ sub: "alice" })))?.subject).to.equal("alice");
      expect((await verifier.verify(await key.sign("bob")))?.subject).to.equal("bob");
    });

    it("says that it cannot tell while the provider is away, and can when it is back", async () => {
      const verifier = new TokenVerifier({ jwksUrl: provider.url });
      const token = await key.sign("alice");
      provider.down = true;
      const outcome = await verifier.verify(token).catch((error: unknown) => error);
      expect(outcome).to.be.instanceOf(KeysUnavailable);
      expect(String(outcome)).to.contain(provider.url);
      provider.down = false;
      expect((await verifier.verify(token))?.subject).to.equal("alice");
    });

    it("goes on with the keys it has while the provider is away", async () => {
      const verifier = new TokenVerifier({ jwksUrl: provider.url });
      await verifier.verify(await key.sign("alice"));
      provider.down = true;
      expect((await verifier.verify(await key.sign("bob")))?.subject).to.equal("bob");
    });
  });
});

interface KeyPair {
  readonly jwk: JWK;
  readonly pem: string;
  sign(subject: string): Promise<string>;
}

async function keyPair(kid: string): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  return {
    jwk: { ...(await exportJWK(publicKey)), kid, alg: "RS256", use: "sig" },
    pem: await exportSPKI(publicKey as CryptoKey),
    sign: (subject) =>
      new SignJWT({ scope: "stt:read" })
        .setProtectedHeader({ alg: "RS256", kid })
        .setSubject(subject)
        .sign(privateKey),
  };
}

/** An identity provider: a server of its public keys. */
class Provider implements AsyncDisposable {
  keys: JWK[] = [];
  down = false;
  requests = 0;
  readonly #server = createServer((_request, response) => {
    this.requests++;
    response.statusCode = this.down ? 500 : 200;
    response.end(JSON.stringify({ keys: this.keys }));
  });

  static async start(): Promise<Provider> {
    const provider = new Provider();
    provider.#server.listen(0, "127.0.0.1");
    await once(provider.#server, "listening");
    return provider;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
