//! The Hugging Face hub, or a mirror of it: a file's address to an answer.
//!
//! The crate `hf-hub` says how addresses are made. Its own downloads (0.5) are not used: they take any length and any
//! status for the file, and send the user's token to wherever the hub redirects. Here every redirect is looked at: the
//! token goes to the endpoint alone, and HTTPS is never left.

use std::{str::FromStr, time::Duration};

use hf_hub::{Repo, RepoType};
use ureq::{
    Agent, Body,
    http::{HeaderMap, Response, Uri},
};

use crate::{Error, Source, hash::is_sha256};

const MAX_REDIRECTS: usize = 5;
const CONNECT: Duration = Duration::from_secs(20);
/// Silence after which a connection is given up.
const SILENCE: Duration = Duration::from_secs(60);

/// Where files are fetched from.
#[derive(Debug)]
pub struct Hub {
    endpoint: Uri,
    token: Option<String>,
    agent: Agent,
    /// First pause after a connection that brought nothing; each further one is twice as long.
    pub(crate) pause: Duration,
}

/// What the hub says of a file before it sends it.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    pub(crate) bytes: Option<u64>,
    pub(crate) sha256: Option<String>,
}

/// An answer whose body is still to be read.
pub(crate) struct Answer {
    pub(crate) announced: Announced,
    pub(crate) response: Response<Body>,
}

/// Why there is no answer.
pub(crate) enum Fault {
    /// Another attempt would end the same.
    Lasting(Error),
    /// Another attempt may succeed.
    Passing(String),
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Lasting(error)
    }
}

impl Hub {
    /// The hub at `endpoint`, else at `$HF_ENDPOINT`, else the public one; with the token in `$HF_TOKEN`, if any.
    ///
    /// # Errors
    /// [`Error::Endpoint`] where the address is none.
    pub fn from_environment(endpoint: Option<&str>) -> Result<Self, Error> {
        let variable = |name| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
        let named = endpoint.map(str::to_owned).or_else(|| variable("HF_ENDPOINT"));
        Self::new(named.as_deref().unwrap_or("https://huggingface.co"), variable("HF_TOKEN"))
    }

    /// The hub at an address, with a user's token.
    ///
    /// # Errors
    /// [`Error::Endpoint`] where the address is none.
    pub fn new(endpoint: &str, token: Option<String>) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Endpoint { endpoint: endpoint.to_owned(), problem };
        let uri = Uri::from_str(endpoint.trim_end_matches('/')).map_err(|error| wrong(error.to_string()))?;
        if !matches!(uri.scheme_str(), Some("http" | "https"))
            || uri.host().is_none()
            || uri.query().is_some()
        {
            return Err(wrong("not the address of a web server".to_owned()));
        }
        let agent = Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .accept_encoding("")
            .user_agent(concat!("maquette/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .build()
            .into();
        let token = token.map(|token| token.trim().to_owned());
        Ok(Self { endpoint: uri, token, agent, pause: Duration::from_secs(1) })
    }

    /// Its address.
    pub fn endpoint(&self) -> String {
        self.endpoint.to_string().trim_end_matches('/').to_owned()
    }

    /// The address of a file.
    pub(crate) fn address(&self, source: &Source, path: &str) -> String {
        let revision = source.revision.to_owned();
        let repo = Repo::with_revision(source.repository.to_owned(), RepoType::Model, revision);
        format!("{}/{}/resolve/{}/{path}", self.endpoint(), repo.url(), repo.url_revision())
    }

    /// Asks for a file from a byte on. What the endpoint announces counts, not what a redirect's target says.
    pub(crate) fn get(&self, url: &str, from: u64) -> Result<Answer, Fault> {
        let passing = |error: ureq::Error| Fault::Passing(error.to_string());
        let mut uri = Uri::from_str(url).map_err(|error| Fault::Passing(error.to_string()))?;
        let mut announced = Announced::default();
        for _ in 0..=MAX_REDIRECTS {
            let mut request = self.agent.get(uri.clone());
            if from > 0 {
                request = request.header("range", format!("bytes={from}-"));
            }
            if let Some(token) = self.token.as_ref().filter(|_| self.may_know_token(&uri)) {
                request = request.header("authorization", format!("Bearer {token}"));
            }
            let response = request.call().map_err(passing)?;
            if is_same_server(&uri, &self.endpoint) {
                announced.hear(response.headers());
            }
            if !response.status().is_redirection() {
                return Ok(Answer { announced, response });
            }
            uri = follow(&uri, text(response.headers(), "location").unwrap_or_default())?;
        }
        let problem = "one redirect after another";
        Err(Error::Redirect { url: url.to_owned(), to: uri.to_string(), problem }.into())
    }

    /// The token is for the endpoint, and not for ears on the way to it.
    fn may_know_token(&self, uri: &Uri) -> bool {
        let here = matches!(uri.host(), Some("localhost" | "127.0.0.1" | "[::1]"));
        is_same_server(uri, &self.endpoint) && (uri.scheme_str() == Some("https") || here)
    }
}

impl Announced {
    /// Large files carry their length and SHA-256 in headers of their own; an entity tag of a small one is no SHA-256.
    fn hear(&mut self, headers: &HeaderMap) {
        let tag = text(headers, "x-linked-etag").map(|tag| tag.trim_start_matches("W/").trim_matches('"'));
        self.sha256 = self.sha256.take().or(tag.filter(|tag| is_sha256(tag)).map(str::to_owned));
        self.bytes = self.bytes.or_else(|| text(headers, "x-linked-size")?.parse().ok());
    }
}

/// A header as text.
pub(crate) fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn is_same_server(a: &Uri, b: &Uri) -> bool {
    a.scheme() == b.scheme() && a.authority() == b.authority()
}

/// Where a redirect leads: another path of the same server, or another server, never out of HTTPS.
fn follow(from: &Uri, to: &str) -> Result<Uri, Error> {
    let refused = |problem| Error::Redirect { url: from.to_string(), to: to.to_owned(), problem };
    let target = Uri::from_str(to).map_err(|_| refused("not an address"))?;
    match (from.scheme_str(), target.scheme_str()) {
        (_, Some("https")) | (Some("http"), Some("http")) => Ok(target),
        (_, Some("http")) => Err(refused("it is not encrypted")),
        (_, Some(_)) => Err(refused("only https is followed")),
        (_, None) if to.starts_with('/') => {
            let mut parts = from.clone().into_parts();
            parts.path_and_query = target.into_parts().path_and_query;
            Uri::from_parts(parts).map_err(|_| refused("not an address"))
        }
        (_, None) => Err(refused("not an address")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn redirects_stay_encrypted_and_on_the_web() {
        let from = Uri::from_static("https://hub.example/a/b?c");
        let leads = |to| follow(&from, to).map(|uri| uri.to_string());
        assert_eq!(leads("https://cdn.example/x?y=z").unwrap(), "https://cdn.example/x?y=z");
        assert_eq!(leads("/other?d").unwrap(), "https://hub.example/other?d");
        for refused in [
            "http://hub.example/a",
            "file:///etc/passwd",
            "ftp://x/y",
            "../up",
            "",
            "data:text/plain,x",
            "a b",
        ] {
            assert!(matches!(leads(refused), Err(Error::Redirect { .. })), "{refused}");
        }
        let plain = Uri::from_static("http://127.0.0.1:1/a");
        assert!(follow(&plain, "http://127.0.0.1:1/b").is_ok());
        assert!(follow(&plain, "ftp://127.0.0.1:1/b").is_err());
    }

    #[test]
    fn a_token_goes_to_the_endpoint_alone_and_never_in_the_clear() {
        let known = |endpoint: &str, uri: &str| {
            Hub::new(endpoint, Some("t".into())).unwrap().may_know_token(&Uri::from_str(uri).unwrap())
        };
        assert!(known("https://hub.example", "https://hub.example/a"));
        assert!(known("http://127.0.0.1:80", "http://127.0.0.1:80/a"));
        assert!(!known("https://hub.example", "https://cdn.example/a"));
        assert!(!known("https://hub.example", "https://hub.example:444/a"));
        assert!(!known("http://hub.example", "http://hub.example/a"));
    }

    #[test]
    fn an_endpoint_is_the_address_of_a_server() {
        for wrong in ["huggingface.co", "ftp://x", "https://", "", "https://x?y"] {
            assert!(matches!(Hub::new(wrong, None), Err(Error::Endpoint { .. })), "{wrong}");
        }
        let source = Source { repository: "o/n", revision: "abc" };
        let hub = Hub::new("https://mirror.example/hub/", None).unwrap();
        assert_eq!(
            hub.address(&source, "vae/config.json"),
            "https://mirror.example/hub/o/n/resolve/abc/vae/config.json"
        );
    }
}
