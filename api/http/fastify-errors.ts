import { ApiError, classify } from './errors.ts';

export const BODY_BYTES_MAX = 1_048_576;

/**
 * What a route's error means to the caller: Fastify's refusals in our codes, others as `classify` has it.
 */
export function classifyFastify(error: unknown, body_bytes_max = BODY_BYTES_MAX): ApiError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ApiError('body_too_large', `A body has at most ${body_bytes_max} bytes.`);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ApiError('media_type_unsupported', 'Send application/json.');
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new ApiError('json_invalid', 'The body is empty.');
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
    case 'FST_ERR_BAD_URL':
      return new ApiError('request_invalid', 'The request cannot be understood.');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new ApiError('request_invalid', 'A part of the address is too long.');
    default:
      return classify(error);
  }
}
