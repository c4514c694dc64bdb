// Luma of a picture for video, bt709 in limited range, the uppermost row first, four pixels to a texel of the target.
// Columns and rows that the picture lacks are its last.
uniform sampler2D picture;

out vec4 four;

void main()
{
    ivec2 last = textureSize(picture, 0) - 1, at = ivec2(gl_FragCoord.xy);
    for (int k = 0; k < 4; k++) {
        ivec2 place = min(ivec2(4 * at.x + k, at.y), last);
        vec3 colour = texelFetch(picture, ivec2(place.x, last.y - place.y), 0).rgb;
        four[k] = (16.0 + 219.0 * dot(colour, vec3(0.2126, 0.7152, 0.0722))) / 255.0;
    }
}
