//! premis
