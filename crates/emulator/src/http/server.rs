//! Connections: origin form, absolute form (proxy), CONNECT with TLS inside.

use super::{Shared, batch, google};
use crate::control;
use crate::error::ApiError;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Larger requests are refused; the largest that gcloud sends here is an upload of sources.
const BODY_LIMIT: usize = 64 << 20;

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("dropped on purpose")]
pub(crate) struct Dropped;

/// What a connection answers with.
pub(crate) type Sent = Result<Response<Full<Bytes>>, Dropped>;

pub(super) async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        // gcloud sends headers and body in two packets; without this each request costs 40 ms.
        let _ = stream.set_nodelay(true);
        let shared = shared.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| outer(shared.clone(), request));
            let builder = hyper::server::conn::http1::Builder::new();
            // A connection that the client closed or that a fault dropped is nobody's error.
            let _ = builder.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
        });
    }
}

async fn outer(shared: Arc<Shared>, request: Request<Incoming>) -> Sent {
    if request.method() == Method::CONNECT {
        return Ok(connect(shared, request));
    }
    // An absolute URI names the host that was meant; else the Host header does.
    let named = request
        .uri()
        .host()
        .map(str::to_owned)
        .or_else(|| request.headers().get(header::HOST)?.to_str().ok().map(str::to_owned));
    let host = named.map(|h| h.split(':').next().unwrap_or_default().to_owned()).unwrap_or_default();
    let local = host.is_empty() || host == "localhost" || host.parse::<std::net::IpAddr>().is_ok();
    if !local {
        return inner(shared, request, Some(host)).await;
    }
    if request.uri().path().starts_with("/_emulator/") {
        let (parts, body) = request.into_parts();
        let bytes = collect(body).await.unwrap_or_default();
        return Ok(control::answer(
            &shared,
            parts.method.as_str(),
            parts.uri.path(),
            parts.uri.query().unwrap_or(""),
            &bytes,
        )
        .await);
    }
    inner(shared, request, None).await
}

fn connect(shared: Arc<Shared>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let host = request.uri().host().unwrap_or_default().to_owned();
    let service = crate::services::run::front::is_host(&host);
    if !service && !crate::description::known_host(&host) {
        google::refuse_host(&shared, "CONNECT", &host);
        let error = ApiError::not_found(format!("The emulator does not serve {host} and forwards nothing."));
        return json_response(404, error.body().to_string());
    }
    tokio::spawn(async move {
        let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
        // A service has a name of its own, which no certificate of Google's APIs covers.
        let tls = if service { shared.authority.server_config_for(&host).ok() } else { None };
        let acceptor = tokio_rustls::TlsAcceptor::from(tls.unwrap_or_else(|| shared.tls.clone()));
        let Ok(stream) = acceptor.accept(TokioIo::new(upgraded)).await else { return };
        let service = service_fn(move |request| inner(shared.clone(), request, Some(host.clone())));
        let _ =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    });
    Response::new(Full::default())
}

async fn inner(shared: Arc<Shared>, request: Request<Incoming>, host: Option<String>) -> Sent {
    let (parts, body) = request.into_parts();
    let Some(bytes) = collect(body).await else {
        let error = ApiError::new(
            413,
            "INVALID_ARGUMENT",
            "uploadTooLarge",
            "Request payload size exceeds the limit.",
        );
        return Ok(json_response(413, error.body().to_string()));
    };
    if parts.method == Method::POST && batch::is_batch(parts.uri.path()) {
        return batch::serve(&shared, host, parts, bytes).await;
    }
    google::serve(&shared, host, parts, bytes).await
}

async fn collect(body: Incoming) -> Option<Bytes> {
    Limited::new(body, BODY_LIMIT).collect().await.ok().map(http_body_util::Collected::to_bytes)
}

/// A JSON answer.
pub(crate) fn json_response(status: u16, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = header::HeaderValue::from_static("application/json; charset=UTF-8");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}
