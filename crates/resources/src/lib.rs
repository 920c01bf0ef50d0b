//! Kinds of resources that several steps keep: IAM binding, secret, service account.
