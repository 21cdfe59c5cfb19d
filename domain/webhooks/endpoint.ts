/** Which endpoint: the name of its row, and the whole input of its workflow. */
export interface EndpointRef {
  readonly programId: string;
  readonly endpointId: string;
}
