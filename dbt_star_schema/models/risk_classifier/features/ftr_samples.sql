{{ config(materialized="incremental", meta={"touched": "int_touched_samples.sample_id"}) }}

-- The feature program: one row-wise SELECT over the inputs, evaluated again by the decision engine.
with inputs as (
    select * from {{ written("int_sample_inputs") }}
)

select
    sample_id,
    scoring_day,
    cast(mean_radius as double precision) as mean_radius,
    cast(mean_texture as double precision) as mean_texture,
    cast(mean_perimeter as double precision) as mean_perimeter,
    cast(mean_area as double precision) as mean_area,
    cast(mean_smoothness as double precision) as mean_smoothness,
    cast(mean_compactness as double precision) as mean_compactness,
    cast(mean_concavity as double precision) as mean_concavity,
    cast(mean_concave_points as double precision) as mean_concave_points,
    cast(mean_symmetry as double precision) as mean_symmetry,
    cast(mean_fractal_dimension as double precision) as mean_fractal_dimension,
    cast(radius_error as double precision) as radius_error,
    cast(texture_error as double precision) as texture_error,
    cast(perimeter_error as double precision) as perimeter_error,
    cast(area_error as double precision) as area_error,
    cast(smoothness_error as double precision) as smoothness_error,
    cast(compactness_error as double precision) as compactness_error,
    cast(concavity_error as double precision) as concavity_error,
    cast(concave_points_error as double precision) as concave_points_error,
    cast(symmetry_error as double precision) as symmetry_error,
    cast(fractal_dimension_error as double precision) as fractal_dimension_error,
    cast(worst_radius as double precision) as worst_radius,
    cast(worst_texture as double precision) as worst_texture,
    cast(worst_perimeter as double precision) as worst_perimeter,
    cast(worst_area as double precision) as worst_area,
    cast(worst_smoothness as double precision) as worst_smoothness,
    cast(worst_compactness as double precision) as worst_compactness,
    cast(worst_concavity as double precision) as worst_concavity,
    cast(worst_concave_points as double precision) as worst_concave_points,
    cast(worst_symmetry as double precision) as worst_symmetry,
    cast(worst_fractal_dimension as double precision) as worst_fractal_dimension,
    cast(mean_area as double precision) / nullif(mean_perimeter * mean_perimeter, 0) as mean_roundness,
    cast(worst_radius as double precision) / nullif(mean_radius, 0) as worst_to_mean_radius
from inputs
