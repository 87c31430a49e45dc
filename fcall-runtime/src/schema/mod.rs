//! The schema of a type, as a compile-time constant.

mod loss;
mod shape;

pub use loss::Loss;
pub use shape::{Field, Kind, Shape, Variant};

/// A type that a model can write as JSON, with its schema as a constant.
///
/// Implemented by `#[derive(Schema)]`, and here for the types of the standard library that serde reads.
pub trait Schema {
    /// What the model has to write.
    const SHAPE: &'static Shape;
}
