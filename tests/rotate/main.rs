//! `rotate`: a new password, from any point on and from any machine; and the schedule that says when.

mod db_password;
mod elsewhere;
mod plain;
mod redis;
mod schedule;
