//! The certificate authority that `*.googleapis.com` is served under.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Why there is no certificate.
type Refused = Box<dyn std::error::Error + Send + Sync>;

/// A private authority, made at the first start.
#[derive(Clone, Serialize, Deserialize)]
pub struct Authority {
    certificate: String,
    key: String,
}

impl Authority {
    /// Makes one.
    pub fn generate() -> Result<Self, rcgen::Error> {
        let key = KeyPair::generate()?;
        let certificate = Self::parameters()?.self_signed(&key)?;
        Ok(Self { certificate: certificate.pem(), key: key.serialize_pem() })
    }

    fn parameters() -> Result<CertificateParams, rcgen::Error> {
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params.distinguished_name.push(DnType::CommonName, "gcp-emulator, on loopback only");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Ok(params)
    }

    /// The certificate that clients must trust, PEM.
    pub fn certificate(&self) -> &str {
        &self.certificate
    }

    /// A server configuration with a leaf for Google's API hosts.
    pub fn server_config(&self) -> Result<Arc<rustls::ServerConfig>, Refused> {
        self.leaf(&["*.googleapis.com", "googleapis.com", "*.rep.googleapis.com", "accounts.google.com"])
    }

    /// One with a leaf for this host.
    pub fn server_config_for(&self, host: &str) -> Result<Arc<rustls::ServerConfig>, Refused> {
        self.leaf(&[host])
    }

    /// The first name is also the common one.
    fn leaf(&self, names: &[&str]) -> Result<Arc<rustls::ServerConfig>, Refused> {
        let issuer = Issuer::new(Self::parameters()?, KeyPair::from_pem(&self.key)?);
        let key = KeyPair::generate()?;
        let mut params =
            CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())?;
        params.distinguished_name.push(DnType::CommonName, names[0]);
        let leaf = params.signed_by(&key, &issuer)?;
        let chain = vec![CertificateDer::from(leaf.der().to_vec())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}
