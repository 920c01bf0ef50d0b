/// Why a check or a change failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cloud is in a state that only a person can resolve.
    #[error("{what}: {why}")]
    Person {
        /// What failed.
        what: String,
        /// Why.
        why: String,
        /// What to do.
        todo: String,
    },
    /// gcloud printed something that its documentation does not lead one to expect.
    #[error("{command}: {problem}")]
    Answer {
        /// The command, masked.
        command: String,
        /// What is wrong with the answer.
        problem: String,
    },
}
