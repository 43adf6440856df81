//! A signature, with a time that a third party vouches for (RFC 3161) where a user wants that.
//!
//! An authority is the one thing here that needs the network. The system's `curl` carries the request, so that the program
//! itself holds no HTTP and no TLS.

use std::{
    io::{self, Cursor, Read, Write},
    process::{Command, Stdio},
};

use c2pa::{
    BoxedSigner, Context, Signer, SigningAlg,
    crypto::time_stamp::default_rfc3161_request,
    http::{
        HttpResolverError, SyncHttpResolver,
        http::{Request, Response, header::CONTENT_TYPE},
    },
};

/// Longest wait for an authority, in seconds.
const PATIENCE_S: &str = "30";

/// Room for a signature and its headers, in bytes, certificates and timestamp apart.
const SIGNATURE_ROOM: usize = 1024;

/// The library's signer, which takes no more room than it needs: without an authority, none for a timestamp (10 kB a file).
pub(super) struct Seal(pub(super) BoxedSigner);

impl Signer for Seal {
    fn sign(&self, data: &[u8]) -> c2pa::Result<Vec<u8>> {
        self.0.sign(data)
    }

    fn alg(&self) -> SigningAlg {
        self.0.alg()
    }

    fn certs(&self) -> c2pa::Result<Vec<Vec<u8>>> {
        self.0.certs()
    }

    fn reserve_size(&self) -> usize {
        let certificates = || self.certs().map(|chain| chain.iter().map(Vec::len).sum::<usize>());
        match (self.time_authority_url(), certificates()) {
            (None, Ok(certificates)) => SIGNATURE_ROOM + certificates,
            _ => self.0.reserve_size(),
        }
    }

    fn time_authority_url(&self) -> Option<String> {
        self.0.time_authority_url()
    }

    fn send_timestamp_request(&self, message: &[u8]) -> Option<c2pa::Result<Vec<u8>>> {
        let url = self.time_authority_url()?;
        let context = Context::new().with_resolver(Curl);
        let ask = |body: Vec<u8>| Ok(default_rfc3161_request(&url, None, &body, message, &context)?);
        Some(self.timestamp_request_body(message).and_then(ask))
    }
}

/// The system's `curl` as the library's way to the network.
struct Curl;

impl SyncHttpResolver for Curl {
    fn http_resolve(&self, request: Request<Vec<u8>>) -> Result<Response<Box<dyn Read>>, HttpResolverError> {
        let answer = post(&request.uri().to_string(), request.body())?;
        let body: Box<dyn Read> = Box::new(Cursor::new(answer));
        Ok(Response::builder().header(CONTENT_TYPE, "application/timestamp-reply").body(body)?)
    }
}

fn post(url: &str, body: &[u8]) -> io::Result<Vec<u8>> {
    let mut curl = Command::new("curl")
        .args(["--silent", "--show-error", "--fail", "--max-time", PATIENCE_S])
        .args(["--header", "Content-Type: application/timestamp-query", "--data-binary", "@-", "--url", url])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|why| {
            io::Error::new(why.kind(), format!("cannot start `curl`, which carries timestamps ({why})"))
        })?;
    if let Some(mut stdin) = curl.stdin.take() {
        stdin.write_all(body)?;
    }
    let output = curl.wait_with_output()?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned())),
    }
}
