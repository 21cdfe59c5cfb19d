//! Takes signed calls on PORT: 204 where the official library verifies them with SECRET, else 401.

use std::env::var;

use http::{HeaderMap, HeaderName, HeaderValue};
use standardwebhooks::Webhook;
use tiny_http::{Request, Response, Server};

fn status_of(webhook: &Webhook, request: &mut Request) -> u16 {
    let mut headers = HeaderMap::new();
    for header in request.headers() {
        let name = HeaderName::from_bytes(header.field.as_str().as_str().as_bytes());
        let value = HeaderValue::from_str(header.value.as_str());
        if let (Ok(name), Ok(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
    let mut body = Vec::new();
    if request.as_reader().read_to_end(&mut body).is_err() {
        return 401;
    }
    if webhook.verify(&body, &headers).is_ok() { 204 } else { 401 }
}

fn main() {
    let webhook = Webhook::new(&var("SECRET").expect("SECRET")).expect("a secret");
    let address = format!("127.0.0.1:{}", var("PORT").expect("PORT"));
    let server = Server::http(address).expect("a free port");
    for mut request in server.incoming_requests() {
        let status = status_of(&webhook, &mut request);
        let _ = request.respond(Response::empty(status));
    }
}
