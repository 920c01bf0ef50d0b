//! `rotate`: a new password, from any point on and from any machine.

mod db_password;
mod plain;
mod redis;
