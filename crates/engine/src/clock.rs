use crate::{Error, Result};
use gcloud::Interrupt;
use rand::Rng as _;
use std::time::Duration;

/// The one clock of all waits: it can be compressed for tests and rehearsals, and every wait ends with an interrupt.
#[derive(Clone, Debug)]
pub struct Clock {
    interrupt: Interrupt,
    scale: f64,
}

impl Clock {
    /// A clock whose waits take `scale` of the time that is asked for (1: as long as they say, 0: no time).
    pub fn new(interrupt: Interrupt, scale: f64) -> Self {
        let scale = if scale.is_finite() { scale.clamp(0.0, 1.0) } else { 1.0 };
        Self { interrupt, scale }
    }

    /// Fails once there was an interrupt.
    pub fn check(&self) -> Result<()> {
        self.interrupt.signal().map_or(Ok(()), |signal| Err(Error::Interrupted(signal)))
    }

    /// Waits this long, compressed. `tick` is called about every 10 s of real time.
    pub(crate) fn wait(&self, duration: Duration, mut tick: impl FnMut()) -> Result<()> {
        const TICK: Duration = Duration::from_secs(10);
        let mut left = duration.mul_f64(self.scale);
        while left > TICK {
            self.interrupt.sleep(TICK).map_err(Error::Interrupted)?;
            left -= TICK;
            tick();
        }
        self.interrupt.sleep(left).map_err(Error::Interrupted)
    }
}

/// Waits that grow, each a little longer or shorter by chance, so that several clients do not come back together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Backoff {
    pub first: Duration,
    pub factor: f64,
    pub longest: Duration,
}

impl Backoff {
    /// The wait after the try with this number, from 1.
    pub fn wait(self, attempt: u32) -> Duration {
        let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX).min(64);
        let wait = self.first.as_secs_f64() * self.factor.powi(exponent);
        let wait = wait.min(self.longest.as_secs_f64());
        Duration::from_secs_f64(wait * rand::rng().random_range(0.75..1.25))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_limit() {
        let seconds = Duration::from_secs;
        let backoff = Backoff { first: seconds(2), factor: 2.0, longest: seconds(30) };
        for (attempt, middle) in [(1, 2.0), (2, 4.0), (3, 8.0), (9, 30.0), (u32::MAX, 30.0)] {
            let wait = backoff.wait(attempt).as_secs_f64();
            assert!(wait >= middle * 0.75 && wait <= middle * 1.25, "{attempt}: {wait}");
        }
    }

    #[test]
    fn an_interrupt_ends_every_wait() {
        let interrupt = Interrupt::new();
        let clock = Clock::new(interrupt.clone(), 1.0);
        assert!(clock.check().is_ok());
        interrupt.trigger(2);
        let waited = clock.wait(Duration::from_secs(3600), || {});
        assert!(matches!(waited, Err(Error::Interrupted(2))));
        assert!(clock.check().is_err());
    }
}
