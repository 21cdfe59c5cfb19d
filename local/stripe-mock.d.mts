export declare function findStripeMock(): string | null;
export declare function ensureStripeMock(): void;
