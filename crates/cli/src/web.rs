//! Asks a URL by the way that gcloud's own calls go: through the emulator's proxy, where there is one.

use engine::{Reached, Web};
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Proxy};

/// Where the calls go when not to Google.
#[derive(Clone, Debug)]
pub enum Way {
    /// To the internet.
    Direct,
    /// Through a proxy on this machine, whose authority must be trusted.
    Through {
        /// `http://127.0.0.1:PORT`
        proxy: String,
        /// PEM.
        authority: String,
    },
    /// Somewhere else than a URL says, in a way that only gcloud knows.
    Nowhere,
}

/// A client for one way.
pub struct Client {
    agent: Result<Agent, String>,
}

impl Client {
    /// Ready to ask.
    pub fn new(way: &Way) -> Self {
        Self { agent: agent(way) }
    }
}

fn agent(way: &Way) -> Result<Agent, String> {
    let builder = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        // A service that has scaled to nothing has to start first.
        .timeout_global(Some(Duration::from_secs(60)));
    let config = match way {
        Way::Nowhere => {
            return Err("calls are redirected for gcloud alone, so the service cannot be asked".to_owned());
        }
        Way::Direct => builder.proxy(None).build(),
        Way::Through { proxy, authority } => {
            let certificate = Certificate::from_pem(authority.as_bytes()).map_err(|e| e.to_string())?;
            let roots = RootCerts::Specific(Arc::new(vec![certificate]));
            let tls = TlsConfig::builder().root_certs(roots).build();
            let proxy = Proxy::new(proxy).map_err(|e| e.to_string())?;
            builder.proxy(Some(proxy)).tls_config(tls).build()
        }
    };
    Ok(config.into())
}

impl Web for Client {
    fn get(&self, url: &str) -> Reached {
        let agent = match &self.agent {
            Ok(agent) => agent,
            Err(why) => return Reached::Nothing(why.clone()),
        };
        match agent.get(url).call() {
            Ok(answer) => Reached::Answered(answer.status().as_u16()),
            Err(error) => Reached::Nothing(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_only_gcloud_is_redirected_nobody_is_asked() {
        assert!(
            matches!(Client::new(&Way::Nowhere).get("https://a.run.app"), Reached::Nothing(why) if why.contains("redirected"))
        );
    }

    #[test]
    fn what_does_not_answer_is_nothing() {
        // A port that was free a moment ago, on this machine.
        let free =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).unwrap();
        let reached = Client::new(&Way::Direct).get(&format!("http://{free}/"));
        assert!(matches!(reached, Reached::Nothing(_)), "{reached:?}");
    }
}
