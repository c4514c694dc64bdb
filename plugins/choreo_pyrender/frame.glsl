// What changes from frame to frame; the same in choreo_pyrender/frame.py.
layout(std140) uniform Frame {
    mat4 to_camera;        // world to clip space
    mat4 to_lamp;
    vec4 eye;
    vec4 floor_at;         // metres that the floor is moved by
    vec4 ambient;
    vec4 sides[3];         // unit vectors towards the lights that throw no shadow
    vec4 side_colours[3];
    vec4 lamp;             // where the lamp hangs
    vec4 lamp_way;         // the unit vector along which it shines
    vec4 lamp_colour;
    vec4 cone;             // scale and offset of the cosine to the lamp's axis; the lamp's strength, usually 1
};
