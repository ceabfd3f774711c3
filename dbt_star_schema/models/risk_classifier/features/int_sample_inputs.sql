{{ config(materialized="incremental", meta={"touched": "int_touched_samples.sample_id"}) }}
{%- set measurements = [
    "mean_radius", "mean_texture", "mean_perimeter", "mean_area", "mean_smoothness",
    "mean_compactness", "mean_concavity", "mean_concave_points", "mean_symmetry", "mean_fractal_dimension",
    "radius_error", "texture_error", "perimeter_error", "area_error", "smoothness_error",
    "compactness_error", "concavity_error", "concave_points_error", "symmetry_error", "fractal_dimension_error",
    "worst_radius", "worst_texture", "worst_perimeter", "worst_area", "worst_smoothness",
    "worst_compactness", "worst_concavity", "worst_concave_points", "worst_symmetry", "worst_fractal_dimension",
] %}

with labelled as (
    select * from {{ touched_rows("stg_samples__samples", "sample_id", "int_touched_samples.sample_id") }}
),

to_score as (
    select * from {{ touched_rows("stg_samples_to_score__samples", "sample_id", "int_touched_samples.sample_id") }}
),

final as (
    select
        sample_id,
        {{ measurements | join(",\n        ") }},
        cast(null as date) as scoring_day
    from labelled
    union all
    select
        sample_id,
        {{ measurements | join(",\n        ") }},
        scoring_day
    from to_score
)

select * from final
