use serde_json::Value;
use support::Lab;

/// A rotation that stopped here is finished on another machine, which has none of this one's files; there, `before` it.
/// Then it is known here that it was finished there.
pub fn finished(lab: &Lab, rotate: &[&str], before: impl FnOnce()) {
    let (state, aside) = (lab.state(), lab.folder().join("aside"));
    std::fs::rename(&state, &aside).expect("it is moved");
    before();
    lab.quick(rotate).expect(0);
    std::fs::remove_dir_all(&state).expect("it is removed");
    std::fs::rename(&aside, &state).expect("it is moved back");
    let requests = lab.emulator.requests().len();
    lab.quick(rotate).expect(0);
    assert_eq!(lab.emulator.writes(requests), Vec::<Value>::new());
}
