//! The stores: where copies are kept for ever.
