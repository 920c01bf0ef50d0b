use crate::users::Users;
use config::{Config, names};
use engine::{Reader, Result};
use gcloud::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::net::Ipv4Addr;

/// All that a URL may carry as it is (RFC 3986, unreserved).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `postgresql://user:password@address:5432/database`, from what the instance and the secret say, for the user whose turn it
/// is. `None` while either is not there.
pub fn database_url(config: &Config) -> impl Fn(&Reader) -> Result<Option<Secret>> + Send + Sync + 'static {
    let config::model::Database { instance, name, .. } = config.database.clone();
    let users = Users::new(config);
    move |cloud| {
        let Some(address) = resources::private_ip(cloud, &instance)? else { return Ok(None) };
        let Some(password) = resources::latest(cloud, names::DB_PASSWORD)? else { return Ok(None) };
        let user = users.current(cloud)?;
        Ok(Some(Secret::new(url(&user, password.value.expose(), address, &name))))
    }
}

/// Without a query: asyncpg refuses `sslmode`, psycopg2 refuses `ssl`. The service gets PGSSLMODE, which both honour.
fn url(user: &str, password: &str, address: Ipv4Addr, database: &str) -> String {
    let [user, password, database] =
        [user, password, database].map(|part| utf8_percent_encode(part, KEPT).to_string());
    format!("postgresql://{user}:{password}@{address}:5432/{database}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_in_a_password_stays_in_it() {
        let address = Ipv4Addr::new(10, 20, 0, 2);
        assert_eq!(
            url("co de", "a/b?c#d@e:f%41+é\"' \\", address, "data-base"),
            "postgresql://co%20de:a%2Fb%3Fc%23d%40e%3Af%2541%2B%C3%A9%22%27%20%5C@10.20.0.2:5432/data-base"
        );
    }
}
