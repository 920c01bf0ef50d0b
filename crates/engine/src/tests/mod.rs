//! The engine as a whole, over a scripted gcloud with a small world behind it.

mod apply;
mod broken;
mod destroy;
mod files;
mod later;
mod plan;
mod reads;
mod recovery;
mod replace;
mod secrets;
mod survey;
mod world;
