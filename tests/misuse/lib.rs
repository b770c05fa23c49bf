//! Programs that misuse the attribute, beside what the compiler says: `ui/`.
