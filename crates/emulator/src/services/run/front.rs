//! What stands between the internet and a service: `SERVICE-NUMBER.REGION.run.app`, and the older name.
//!
//! No container runs here, so a service that serves answers as the placeholder image does: 200, whatever the path.

use crate::call::Reply;
use crate::policy;
use crate::world::World;
use serde_json::Value;
use std::collections::BTreeMap;

const INVOKER: &str = "roles/run.invoker";

/// Whether a host is one of Cloud Run's.
pub fn is_host(host: &str) -> bool {
    host.ends_with(".run.app")
}

/// What a caller gets.
pub fn answer(world: &World, host: &str, path: &str, headers: &BTreeMap<String, String>) -> Reply {
    let Some((key, service)) = find(world, host) else {
        return page(404, "Page not found", "The requested URL was not found on this server.");
    };
    let ingress = &service["metadata"]["annotations"]["run.googleapis.com/ingress"];
    if ingress.as_str().is_some_and(|ingress| ingress != "all") {
        return page(404, "Page not found", "The requested URL was not found on this server.");
    }
    if !may_call(world, key, headers) {
        let text = format!(
            "Your client does not have permission to get URL <code>{}</code> from this server.",
            escape(path)
        );
        return page(403, "Forbidden", &text);
    }
    match service["status"]["latestReadyRevisionName"].is_string() {
        true => page(200, "Congratulations", "It's running!"),
        false => page(503, "Service Unavailable", "The service has no revision that is ready."),
    }
}

fn find<'a>(world: &'a World, host: &str) -> Option<(&'a str, &'a Value)> {
    let url = format!("https://{host}");
    let named = |service: &Value| {
        let others = service["metadata"]["annotations"]["run.googleapis.com/urls"].as_str().unwrap_or("[]");
        let others: Vec<String> = serde_json::from_str(others).unwrap_or_default();
        service["status"]["url"] == url.as_str() || others.contains(&url)
    };
    let services = world.below("run/projects/").into_iter();
    services.filter(|(key, _)| key.contains("/services/")).find(|(_, service)| named(service))
}

/// Everybody; or everybody who has a login; or the account that a token names.
fn may_call(world: &World, key: &str, headers: &BTreeMap<String, String>) -> bool {
    let token = headers.get("authorization").and_then(|header| header.strip_prefix("Bearer "));
    let named = token.filter(|token| token.contains('@')).map(|email| {
        let kind = if email.ends_with(".gserviceaccount.com") { "serviceAccount" } else { "user" };
        format!("{kind}:{email}")
    });
    policy::has(world, key, INVOKER, "allUsers")
        || token.is_some() && policy::has(world, key, INVOKER, "allAuthenticatedUsers")
        || named.is_some_and(|member| policy::has(world, key, INVOKER, &member))
}

fn escape(path: &str) -> String {
    path.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn page(status: u16, title: &str, text: &str) -> Reply {
    let heading = if status < 400 { title.to_owned() } else { format!("Error: {title}") };
    let title = if status < 400 { title.to_owned() } else { format!("{status} {title}") };
    let html = format!(
        "<html><head>\n<meta http-equiv=\"content-type\" content=\"text/html;charset=utf-8\">\n<title>{title}</title>\n\
         </head>\n<body>\n<h1>{heading}</h1>\n<h2>{text}</h2>\n</body></html>\n"
    );
    let media = Some(("text/html; charset=UTF-8".to_owned(), html.into_bytes()));
    Reply { status, body: Value::Null, media, headers: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const KEY: &str = "run/projects/p/locations/r/services/s";

    fn world(public: bool) -> World {
        let mut world = World::default();
        let annotations =
            json!({"run.googleapis.com/urls": "[\"https://s-1.r.run.app\",\"https://s-x-uc.a.run.app\"]"});
        let service = json!({"metadata": {"annotations": annotations},
            "status": {"url": "https://s-1.r.run.app", "latestReadyRevisionName": "s-00001-abc"}});
        world.put(KEY, service);
        if public {
            policy::grant(&mut world, KEY, INVOKER, "allUsers");
        }
        world
    }

    fn status(world: &World, host: &str, token: Option<&str>) -> u16 {
        let header = token.map(|token| ("authorization".to_owned(), format!("Bearer {token}")));
        answer(world, host, "/health", &header.into_iter().collect()).status
    }

    #[test]
    fn a_public_service_answers_under_each_of_its_names_and_nobody_else_does() {
        let world = world(true);
        assert_eq!(status(&world, "s-1.r.run.app", None), 200);
        assert_eq!(status(&world, "s-x-uc.a.run.app", None), 200);
        assert_eq!(status(&world, "t-1.r.run.app", None), 404);
    }

    #[test]
    fn a_private_one_answers_those_who_may_invoke_it() {
        let mut world = world(false);
        policy::grant(&mut world, KEY, INVOKER, "user:ada@example.com");
        assert_eq!(status(&world, "s-1.r.run.app", None), 403);
        assert_eq!(status(&world, "s-1.r.run.app", Some("bob@example.com")), 403);
        assert_eq!(status(&world, "s-1.r.run.app", Some("ada@example.com")), 200);
    }

    #[test]
    fn one_that_never_came_up_or_is_for_the_inside_does_not_serve() {
        let mut down = world(true);
        down.get_mut(KEY).unwrap()["status"]["latestReadyRevisionName"] = Value::Null;
        assert_eq!(status(&down, "s-1.r.run.app", None), 503);
        let mut inside = world(true);
        inside.get_mut(KEY).unwrap()["metadata"]["annotations"]["run.googleapis.com/ingress"] =
            json!("internal");
        assert_eq!(status(&inside, "s-1.r.run.app", None), 404);
    }
}
