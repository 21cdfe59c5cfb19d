-- webhook_wants(endpoint, message) returns whether a message of the outbox is for an endpoint of its
-- program: its type is among those that the endpoint takes, or the endpoint takes all. A ping is for the
-- endpoint that it names, whatever that one takes.
CREATE OR REPLACE FUNCTION webhook_wants(endpoint webhook_endpoints, message outbox) RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN message.type = 'webhook.ping' THEN message.payload ->> 'endpointId' = endpoint.id::text
              ELSE cardinality(endpoint.types) = 0 OR message.type = ANY (endpoint.types) END
$$;
