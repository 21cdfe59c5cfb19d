export declare function findSchemathesis(): string | null;
export declare function ensureSchemathesis(): Promise<void>;
