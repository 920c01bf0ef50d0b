//! Reporters: live bars, plain lines, NDJSON, report files. They only draw; they decide nothing.
