//! What a deployment is held against, and how it comes to be so again.
//!
//! - `former`, `renames`: what the config names no more goes once nothing uses it, and nothing else does.
//! - `keys`: every key of the config, one by one, changes exactly what it is documented to change, or is refused with a
//!   way out.
//! - `replace`: what cannot be changed in place is replaced where that is permitted, and gone on with after a kill.
//! - `saved`: a plan in a file is carried out as it is, or not at all.
//! - `world`: whatever is changed behind the tool's back is seen and put right, and nothing else is.

mod former;
mod gcloud;
mod keys;
mod renames;
mod replace;
mod saved;
mod stage;
mod table;
mod world;
